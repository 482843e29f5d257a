package dev.jbuild.overlay;

import dev.jbuild.overlay.linux.Paths;
import dev.jbuild.overlay.tree.PathWalk;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.EntryPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/// A directory taken for `/`: paths are resolved as a process would that has it as its root, so no
/// symlink and no `..` leads out of it. For trees that nobody changes meanwhile.
///
/// Loads no native code.
public record RootPath(Path root) {

    /// Resolves a path and the symlinks on it, that at its end too. What doesn't exist is kept as
    /// it is.
    ///
    /// @param path such as `/usr/../lib/x`, relative to the root with or without the slash
    public EntryPath resolve(String path) throws IOException {
        return resolve(ByteString.of(path).latin1(), true);
    }

    /// Resolves a path and the symlinks on it, that at its end too.
    public EntryPath resolve(EntryPath path) throws IOException {
        return resolve(path.latin1(), true);
    }

    /// Resolves the symlinks on the way to a path, but not one at its end.
    public EntryPath resolveParents(EntryPath path) throws IOException {
        return resolve(path.latin1(), false);
    }

    /// The path of an entry, for `java.nio`; any bytes are kept.
    ///
    /// @param path resolved, or a symlink is followed as by the host
    public Path path(EntryPath path) {
        return Paths.below(root, path);
    }

    private EntryPath resolve(String latin1, boolean last) throws IOException {
        PathWalk walk = new PathWalk(latin1);
        while (walk.hasNext()) {
            EntryPath next = walk.at().child(walk.next());
            Optional<ByteString> target =
                    last || !walk.isLast() ? symlink(path(next)) : Optional.empty();
            if (target.isPresent()) {
                walk.follow(target.get());
            } else {
                walk.enter(next);
            }
        }
        return walk.at();
    }

    private static Optional<ByteString> symlink(Path path) throws IOException {
        try {
            boolean symlink =
                    Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                            .isSymbolicLink();
            return symlink
                    ? Optional.of(new ByteString(Paths.linkTarget(Files.readSymbolicLink(path))))
                    : Optional.empty();
        } catch (NoSuchFileException | NotDirectoryException absent) {
            return Optional.empty();
        } catch (java.nio.file.FileSystemException e) {
            if (e.getReason() != null && e.getReason().equals("Not a directory")) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
