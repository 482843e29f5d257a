package dev.jbuild.builder.solve;

import dev.jbuild.builder.exec.User;
import dev.jbuild.builder.plan.Step;
import dev.jbuild.builder.source.ExclusionRule;
import dev.jbuild.builder.source.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/// Executes WORKDIR.
final class Directories {
    private Directories() {}

    /// Makes a directory and what is missing above it: mode 0755, owned by the step's user.
    static void make(Path root, Step.MakeDirectory make, RunStep users) throws IOException {
        Path directory = new SourceTree(root, ExclusionRule.none()).resolve(make.path());
        List<Path> missing = new ArrayList<>();
        for (Path at = directory; at != null && !at.equals(root); at = at.getParent()) {
            if (Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
                break;
            }
            if (Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
                throw new NotDirectoryException(make.createdBy() + ": " + root.relativize(at));
            }
            missing.addFirst(at);
        }
        if (missing.isEmpty()) {
            return;
        }
        User user = users.user(make.origin(), root, make.user());
        for (Path at : missing) {
            Files.createDirectory(at);
            Files.setPosixFilePermissions(at, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.setAttribute(at, "unix:uid", user.uid());
            Files.setAttribute(at, "unix:gid", user.gid());
        }
    }
}
