package dev.jbuild.builder.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Optional;

/// The directory whose files COPY and ADD can name, less what its ignore file leaves out. Closing
/// it saves what was learnt about its files.
public final class BuildContext implements AutoCloseable {
    private final SourceTree tree;
    private final IgnoreFile ignoreFile;
    private final FileIndex index;

    private BuildContext(SourceTree tree, IgnoreFile ignoreFile, FileIndex index) {
        this.tree = tree;
        this.ignoreFile = ignoreFile;
        this.index = index;
    }

    /// @param indexes where the digests of files are remembered; empty if they are not
    /// @param temporary as for [FileIndex#open]
    public static BuildContext open(
            Path root, IgnoreFile ignoreFile, Optional<Path> indexes, Path temporary)
            throws IOException {
        if (!Files.isDirectory(root)) {
            throw Files.exists(root)
                    ? new NotDirectoryException(root.toString())
                    : new NoSuchFileException(
                            root.toString(), null, "there is no such build context");
        }
        Path real = root.toRealPath();
        String name = Digest.sha256(real.toString().getBytes(UTF_8)).hex();
        return new BuildContext(
                new SourceTree(real, ExclusionRule.of(ignoreFile.read())),
                ignoreFile,
                indexes.isPresent()
                        ? FileIndex.open(indexes.get().resolve(name), temporary)
                        : FileIndex.empty());
    }

    /// Its files.
    public SourceTree tree() {
        return tree;
    }

    /// The file that says what is left out; it need not exist.
    public IgnoreFile ignoreFile() {
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
