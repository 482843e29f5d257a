package dev.jbuild.builder.solve;

import dev.jbuild.builder.exec.User;
import dev.jbuild.builder.plan.CopyFrom;
import dev.jbuild.builder.plan.Step;
import dev.jbuild.builder.source.ExclusionRule;
import dev.jbuild.builder.source.SourceMatch;
import dev.jbuild.builder.source.SourceTree;
import dev.jbuild.dockerfile.Source;
import dev.jbuild.overlay.CopyRequest;
import dev.jbuild.overlay.RootPath;
import dev.jbuild.overlay.TreeCopier;
import dev.jbuild.store.layer.EntryPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Puts what a COPY or ADD takes where it says: a directory's contents into the destination,
/// anything else at the destination or, if that is a directory, in it.
final class FileCopy {
    private static final int DOCUMENT_MODE = 0644;

    private final Step.CopyFiles copy;
    private final Path root;
    private final Optional<CopyRequest.Owner> owner;
    private final ModeChange mode;
    private final ExclusionRule excludes;
    private final Supplier<Archives> archives;
    private final TreeCopier copier;

    /// @param root of the file system that is copied into
    /// @param chown empty for root, or for what the files have in the stage they come from
    /// @param archives asked for when there is something to unpack
    /// @param warnings takes what is left out
    FileCopy(
            Step.CopyFiles copy,
            Path root,
            Optional<User> chown,
            ModeChange mode,
            ExclusionRule excludes,
            Supplier<Archives> archives,
            Consumer<String> warnings) {
        this.copy = copy;
        this.root = root;
        this.owner = owner(copy, chown);
        this.mode = mode;
        this.excludes = excludes;
        this.archives = archives;
        this.copier = new TreeCopier(root, warnings);
    }

    void copy(SourceTree from, List<SourceMatch> matches) throws IOException {
        EntryPath destination = new RootPath(root).resolve(copy.destination());
        boolean directory =
                copy.destination().endsWith("/")
                        || matches.size() > 1
                        || Files.isDirectory(new RootPath(root).path(destination));
        for (SourceMatch match : matches) {
            if (copy.unpack() && !match.directory() && Archives.isArchive(match.file())) {
                unpack(match.file(), destination);
                continue;
            }
            EntryPath target =
                    directory && !match.directory()
                            ? destination.child(EntryPath.of(match.name()).latin1())
                            : destination;
            copier.copy(request(from, match, target));
        }
        for (Step.Document document : copy.documents()) {
            boolean named = directory || copy.documents().size() > 1;
            write(
                    document,
                    named
                            ? destination.child(EntryPath.of(document.name()).latin1())
                            : destination);
        }
    }

    /// The files of an archive keep their owners, unless others are asked for.
    private void unpack(Path archive, EntryPath destination) throws IOException {
        Optional<CopyRequest.Owner> asked = copy.chown().isPresent() ? owner : Optional.empty();
        try (FilesView files = archives.get().unpack(archive)) {
            copier.copy(
                    CopyRequest.all(files.root(), EntryPath.ROOT, destination, asked)
                            .withMode(mode::apply));
        }
    }

    private CopyRequest request(SourceTree from, SourceMatch match, EntryPath target) {
        EntryPath source = EntryPath.of(from.root().relativize(match.file()).toString());
        return CopyRequest.all(from.root(), source, target, owner)
                .withMode(mode::apply)
                .withSelection((path, isDirectory) -> choose(from, source, path, isDirectory));
    }

    private CopyRequest.Choice choose(
            SourceTree from, EntryPath source, EntryPath path, boolean isDirectory) {
        String below =
                source.isRoot()
                        ? path.toString()
                        : path.toString().substring(source.toString().length() + 1);
        boolean excluded = from.rule().excludes(path.toString()) || excludes.excludes(below);
        if (!excluded) {
            return CopyRequest.Choice.TAKE;
        }
        boolean pruned = from.rule().prunes(path.toString()) || excludes.prunes(below);
        return isDirectory && !pruned ? CopyRequest.Choice.LOOK_INSIDE : CopyRequest.Choice.SKIP;
    }

    private void write(Step.Document document, EntryPath target) throws IOException {
        Path directory = Files.createTempDirectory("jbuild-heredoc");
        Path file = directory.resolve("document");
        try {
            Files.write(file, Source.bytesOf(document.content()));
            copier.copy(
                    CopyRequest.all(directory, EntryPath.of("document"), target, owner)
                            .withMode(
                                    (bits, isDirectory) -> mode.apply(DOCUMENT_MODE, isDirectory)));
        } finally {
            Files.deleteIfExists(file);
            Files.delete(directory);
        }
    }

    private static Optional<CopyRequest.Owner> owner(Step.CopyFiles copy, Optional<User> chown) {
        if (chown.isPresent()) {
            return Optional.of(new CopyRequest.Owner(chown.get().uid(), chown.get().gid()));
        }
        return copy.from() instanceof CopyFrom.Context
                ? Optional.of(new CopyRequest.Owner(0, 0))
                : Optional.empty();
    }
}
