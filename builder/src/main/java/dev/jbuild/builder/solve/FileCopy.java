package dev.jbuild.builder.solve;

import dev.jbuild.builder.exec.User;
import dev.jbuild.builder.plan.CopyFrom;
import dev.jbuild.builder.plan.Step;
import dev.jbuild.builder.remote.RemoteFiles;
import dev.jbuild.builder.source.SourceTree;
import dev.jbuild.dockerfile.Source;
import dev.jbuild.overlay.CopyRequest;
import dev.jbuild.overlay.CopyTarget;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Metadata;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Puts what a COPY or ADD takes where it says: a directory's contents into the destination,
/// anything else at the destination or, if that is a directory, in it.
///
/// Closed only when the files were read that are copied.
final class FileCopy implements AutoCloseable {
    private static final int DOCUMENT_MODE = 0644;
    private static final int REMOTE_MODE = 0600;

    private final Step.CopyFiles copy;
    private final Target target;
    private final Means means;
    private final Optional<CopyRequest.Owner> owner;
    private final CopyTarget files;
    private final List<FilesView> unpacked = new ArrayList<>();
    private Instant newestRemote = Instant.EPOCH;

    /// What is copied into.
    ///
    /// @param files the file system
    /// @param chown empty for root, or for what the files have in the stage they come from
    record Target(CopyTarget files, Optional<User> chown, ModeChange mode) {}

    /// Where content comes from that is no file of a tree.
    record Means(RemoteFiles remote, Archives archives) {}

    FileCopy(Step.CopyFiles copy, Target target, Means means) {
        this.copy = copy;
        this.target = target;
        this.means = means;
        this.owner = owner(copy, target.chown());
        this.files = target.files();
    }

    /// @return the time of the newest file from the web; 1970 if there is none
    Instant copy(Selection selection) throws IOException, InterruptedException {
        EntryPath destination = files.resolve(copy.destination());
        boolean directory =
                copy.destination().endsWith("/")
                        || selection.taken().size() + copy.documents().size() > 1
                        || files.isDirectory(destination);
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
            files.copy(request(tree, local, destination));
        } else if (local.unpack() && Archives.isArchive(local.match().file())) {
            unpack(local.match().file(), destination);
        } else {
            files.copy(
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
        files.makeDirectories(
                destination, new Metadata(0755, made.uid(), made.gid(), Instant.EPOCH));
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
        files.copy(
                CopyRequest.all(
                                blob.resolveSibling(""),
                                EntryPath.of(blob.getFileName().toString()),
                                path,
                                owner)
                        .withMtime(mtime)
                        .withMode(
                                (_, isDirectory) -> target.mode().apply(REMOTE_MODE, isDirectory)));
    }

    /// The files of an archive keep their owners, unless others are asked for.
    private void unpack(Path archive, EntryPath destination) throws IOException {
        Optional<CopyRequest.Owner> asked = copy.chown().isPresent() ? owner : Optional.empty();
        FilesView view = means.archives().unpack(archive);
        unpacked.add(view);
        files.copy(
                CopyRequest.all(view.root(), EntryPath.ROOT, destination, asked)
                        .withMode(target.mode()::apply));
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
        CopyRequest.Owner of = owner.orElse(new CopyRequest.Owner(0, 0));
        int mode = target.mode().apply(DOCUMENT_MODE, false);
        files.write(
                path,
                Source.bytesOf(document.content()),
                new Metadata(mode, of.uid(), of.gid(), Instant.EPOCH));
    }

    @Override
    public void close() throws IOException {
        for (FilesView view : unpacked) {
            view.close();
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
