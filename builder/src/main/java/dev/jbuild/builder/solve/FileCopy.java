package dev.jbuild.builder.solve;

import dev.jbuild.builder.exec.User;
import dev.jbuild.builder.plan.CopyFrom;
import dev.jbuild.builder.plan.Step;
import dev.jbuild.builder.remote.RemoteFiles;
import dev.jbuild.builder.source.SourceTree;
import dev.jbuild.dockerfile.Source;
import dev.jbuild.overlay.CopyRequest;
import dev.jbuild.overlay.RootPath;
import dev.jbuild.overlay.TreeCopier;
import dev.jbuild.store.FileTrees;
import dev.jbuild.store.TempSpace;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Metadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Puts what a COPY or ADD takes where it says: a directory's contents into the destination,
/// anything else at the destination or, if that is a directory, in it.
final class FileCopy {
    private static final int DOCUMENT_MODE = 0644;
    private static final int REMOTE_MODE = 0600;

    private final Step.CopyFiles copy;
    private final Target target;
    private final Means means;
    private final Optional<CopyRequest.Owner> owner;
    private final TreeCopier copier;
    private Instant newestRemote = Instant.EPOCH;

    /// What is copied into.
    ///
    /// @param root of the file system
    /// @param chown empty for root, or for what the files have in the stage they come from
    record Target(Path root, Optional<User> chown, ModeChange mode) {}

    /// Where content comes from that is no file of a tree.
    record Means(RemoteFiles remote, Archives archives, TempSpace temp) {}

    /// @param warnings takes what is left out
    FileCopy(Step.CopyFiles copy, Target target, Means means, Consumer<String> warnings) {
        this.copy = copy;
        this.target = target;
        this.means = means;
        this.owner = owner(copy, target.chown());
        this.copier = new TreeCopier(target.root(), warnings);
    }

    /// @return the time of the newest file from the web; 1970 if there is none
    Instant copy(Selection selection) throws IOException, InterruptedException {
        RootPath root = new RootPath(target.root());
        EntryPath destination = root.resolve(copy.destination());
        boolean directory =
                copy.destination().endsWith("/")
                        || selection.taken().size() + copy.documents().size() > 1
                        || Files.isDirectory(root.path(destination));
        for (Selection.Taken taken : selection.taken()) {
            switch (taken) {
                case Selection.Taken.Local local ->
                        copyLocal(selection.tree(), local, destination, directory);
                case Selection.Taken.Remote remote -> copyRemote(remote, destination, directory);
            }
        }
        for (Step.Document document : copy.documents()) {
            write(document, directory ? child(destination, document.name()) : destination);
        }
        return newestRemote;
    }

    private void copyLocal(
            SourceTree tree, Selection.Taken.Local local, EntryPath destination, boolean directory)
            throws IOException {
        if (local.match().directory()) {
            makeDestination(destination);
            copier.copy(request(tree, local, destination));
        } else if (local.unpack() && Archives.isArchive(local.match().file())) {
            unpack(local.match().file(), destination);
        } else {
            copier.copy(
                    request(
                            tree,
                            local,
                            directory ? child(destination, local.match().name()) : destination));
        }
    }

    /// A directory isn't copied itself, only what is in it: the one that is made for that is 0755,
    /// as docker has it, whatever the source or `--chmod` says.
    private void makeDestination(EntryPath destination) throws IOException {
        CopyRequest.Owner made = owner.orElse(new CopyRequest.Owner(0, 0));
        copier.makeDirectories(
                destination,
                new Metadata(0755, made.uid(), made.gid(), Instant.EPOCH, new TreeMap<>()));
    }

    private void copyRemote(Selection.Taken.Remote taken, EntryPath destination, boolean directory)
            throws IOException, InterruptedException {
        RemoteFiles.Content content = means.remote().content(taken.url().url(), taken.file());
        Instant mtime = content.file().mtime();
        newestRemote = mtime.isAfter(newestRemote) ? mtime : newestRemote;
        if (taken.url().unpack() && Archives.isArchive(content.path())) {
            unpack(content.path(), destination);
            return;
        }
        EntryPath path = directory ? child(destination, taken.file().name()) : destination;
        Path blob = content.path();
        copier.copy(
                CopyRequest.all(
                                blob.resolveSibling(""),
                                EntryPath.of(blob.getFileName().toString()),
                                path,
                                owner)
                        .withMode(
                                (_, isDirectory) -> target.mode().apply(REMOTE_MODE, isDirectory)));
        RootPath root = new RootPath(target.root());
        Files.getFileAttributeView(
                        root.path(root.resolve(path)),
                        BasicFileAttributeView.class,
                        LinkOption.NOFOLLOW_LINKS)
                .setTimes(FileTime.from(mtime), null, null);
    }

    /// The files of an archive keep their owners, unless others are asked for.
    private void unpack(Path archive, EntryPath destination) throws IOException {
        Optional<CopyRequest.Owner> asked = copy.chown().isPresent() ? owner : Optional.empty();
        try (FilesView files = means.archives().unpack(archive)) {
            copier.copy(
                    CopyRequest.all(files.root(), EntryPath.ROOT, destination, asked)
                            .withMode(target.mode()::apply));
        }
    }

    private CopyRequest request(SourceTree from, Selection.Taken.Local local, EntryPath path) {
        EntryPath source = EntryPath.of(local.match().realPath());
        return CopyRequest.all(from.root(), source, path, owner)
                .withMode(target.mode()::apply)
                .withSelection((entry, isDirectory) -> choose(from, local, entry, isDirectory));
    }

    private static CopyRequest.Choice choose(
            SourceTree from, Selection.Taken.Local local, EntryPath entry, boolean isDirectory) {
        String path = entry.toString();
        String source = local.match().realPath();
        String below = source.isEmpty() ? path : path.substring(source.length() + 1);
        if (!from.rule().excludes(path) && !local.excludes().excludes(below)) {
            return CopyRequest.Choice.TAKE;
        }
        boolean pruned = from.rule().prunes(path) || local.excludes().prunes(below);
        return isDirectory && !pruned ? CopyRequest.Choice.LOOK_INSIDE : CopyRequest.Choice.SKIP;
    }

    private void write(Step.Document document, EntryPath path) throws IOException {
        Path directory = means.temp().next("heredoc");
        try {
            Files.createDirectory(directory);
            Files.write(directory.resolve("document"), Source.bytesOf(document.content()));
            copier.copy(
                    CopyRequest.all(directory, EntryPath.of("document"), path, owner)
                            .withMode(
                                    (_, isDirectory) ->
                                            target.mode().apply(DOCUMENT_MODE, isDirectory)));
        } finally {
            FileTrees.delete(directory);
        }
    }

    private static EntryPath child(EntryPath directory, String name) {
        return directory.child(EntryPath.of(name).latin1());
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
