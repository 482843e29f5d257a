package dev.jbuild.builder.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/// The directory whose files COPY and ADD can name, less what its ignore file leaves out. Closing
/// it saves what was learnt about its files.
public final class BuildContext implements AutoCloseable {
    private final SourceTree tree;
    private final Path ignoreFile;
    private final FileIndex index;

    private BuildContext(SourceTree tree, Path ignoreFile, FileIndex index) {
        this.tree = tree;
        this.ignoreFile = ignoreFile;
        this.index = index;
    }

    /// @param dockerfile whose own ignore file, `NAME.dockerignore`, replaces that of the context
    /// @param indexes where the digests of files are remembered
    public static BuildContext open(Path root, Path dockerfile, Path indexes) throws IOException {
        if (!Files.isDirectory(root)) {
            throw Files.exists(root)
                    ? new NotDirectoryException(root.toString())
                    : new NoSuchFileException(
                            root.toString(), null, "there is no such build context");
        }
        Path real = root.toRealPath();
        IgnoreFile ignoreFile = IgnoreFile.of(real, dockerfile);
        String name = Digest.sha256(real.toString().getBytes(UTF_8)).hex();
        return new BuildContext(
                new SourceTree(real, ExclusionRule.of(ignoreFile.read())),
                ignoreFile.path(),
                FileIndex.open(indexes.resolve(name)));
    }

    /// Its files.
    public SourceTree tree() {
        return tree;
    }

    /// The file that says what is left out; it need not exist.
    public Path ignoreFile() {
        return ignoreFile;
    }

    /// What is known about the content of its files.
    public FileIndex index() {
        return index;
    }

    @Override
    public void close() throws IOException {
        index.save();
    }
}
