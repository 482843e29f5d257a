package dev.jbuild.builder.solve;

import dev.jbuild.builder.exec.User;
import dev.jbuild.builder.plan.CopyFrom;
import dev.jbuild.builder.plan.Step;
import dev.jbuild.builder.remote.RemoteException;
import dev.jbuild.builder.remote.RemoteFile;
import dev.jbuild.builder.remote.RemoteFiles;
import dev.jbuild.builder.source.BuildContext;
import dev.jbuild.builder.source.ContentDigest;
import dev.jbuild.builder.source.Contents;
import dev.jbuild.builder.source.ExclusionRule;
import dev.jbuild.builder.source.ReadContents;
import dev.jbuild.builder.source.SourceMatch;
import dev.jbuild.builder.source.SourceTree;
import dev.jbuild.dockerfile.Dockerfile;
import dev.jbuild.dockerfile.DockerfileException;
import dev.jbuild.dockerfile.WordException;
import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.CopyTarget;
import dev.jbuild.overlay.NotStreamableException;
import dev.jbuild.store.TempSpace;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Executes COPY and ADD.
final class CopyStep {
    /// Mounts the files of a stage or an image.
    interface Views {
        FilesView open(FileSystemState files) throws IOException, InterruptedException;
    }

    private final BuildContext context;
    private final RemoteFiles remote;
    private final Dockerfile dockerfile;
    private final Views views;
    private final Archives archives;

    CopyStep(
            BuildContext context,
            RemoteFiles remote,
            Dockerfile dockerfile,
            Views views,
            TempSpace temp) {
        this.context = context;
        this.remote = remote;
        this.dockerfile = dockerfile;
        this.views = views;
        this.archives = new Archives(temp);
    }

    /// The key by the content of context and web, or by the layers of the stage that is copied
    /// from.
    CacheKey key(Step.CopyFiles copy, StepInput input) throws IOException, InterruptedException {
        return input.source().isPresent()
                ? StepKeys.copyByOrigin(copy, input, input.source().get().files())
                : StepKeys.copyByContent(
                        copy, input, content(ofContext(copy), context.index()).digest());
    }

    /// The part of the key that is known without reading a file, if the rest is what files of the
    /// context are.
    Optional<Digest> place(Step.CopyFiles copy, StepInput input)
            throws IOException, InterruptedException {
        if (input.source().isPresent()
                || copy.sources().stream().anyMatch(Step.Source.Url.class::isInstance)) {
            return Optional.empty();
        }
        ofContext(copy); // a source that isn't there is told before anything is fetched
        return Optional.of(StepKeys.place(copy, input));
    }

    /// What can take the content of the context's files while they are copied.
    ReadContents readContents() {
        return new ReadContents(context.tree().root(), context.index());
    }

    /// What the files go into.
    ///
    /// @param users for `--chown` by name
    /// @param read called once all is copied, while what it was copied from can still be read
    /// @param contents what the files are that were read, once that is called; empty if they are
    ///     to be looked at before they are copied
    record Into(CopyTarget files, Users users, Reader read, Optional<ReadContents> contents) {}

    /// @param epoch the time of the newest input with this step
    /// @param key what the files are that were copied, if they are the context's
    record Copied(Instant epoch, Optional<CacheKey> key) {}

    /// Users and groups of the file system that is copied into.
    interface Users {
        User resolve(String user) throws IOException;
    }

    /// Reads what was copied.
    interface Reader {
        Reader NOTHING = _ -> {};

        /// @param epoch the time of the newest input with this step
        void read(Instant epoch) throws IOException;
    }

    /// Copies.
    ///
    /// @throws SourcesTouchedException if they are to be read while they are copied, and anything
    ///     about them changed meanwhile
    Copied copy(Step.CopyFiles copy, StepInput input, Into into, Consumer<String> warnings)
            throws IOException, InterruptedException {
        if (input.source().isPresent()) {
            SourceFiles source = input.source().get();
            try (FilesView view = views.open(source.files())) {
                SourceTree tree = new SourceTree(view.root(), ExclusionRule.none());
                Instant epoch = latest(input.epoch(), source.epoch());
                return new Copied(
                        copy(copy, select(copy, tree), epoch, into, warnings), Optional.empty());
            }
        }
        Selection selection = ofContext(copy);
        boolean onTheWay = into.contents().isPresent();
        ContentDigest before = content(selection, onTheWay ? Contents.UNASKED : context.index());
        Digest content = before.digest();
        Instant newest = latest(input.epoch(), before.newest());
        Instant epoch = copy(copy, selection, newest, into, warnings);
        ContentDigest after =
                content(ofContext(copy), onTheWay ? into.contents().get() : context.index());
        Digest copied = after.digest();
        if (onTheWay && !after.states().equals(before.states())) {
            throw new SourcesTouchedException();
        }
        if (!onTheWay && !copied.equals(content)) {
            throw refused(copy, "its sources changed while they were copied", "build again", "");
        }
        into.contents().ifPresent(ReadContents::keep);
        return new Copied(epoch, Optional.of(StepKeys.copyByContent(copy, input, copied)));
    }

    /// @param newest the time of the newest input that is known so far
    /// @return the same, with the files from the web
    private Instant copy(
            Step.CopyFiles copy,
            Selection selection,
            Instant newest,
            Into into,
            Consumer<String> warnings)
            throws IOException, InterruptedException {
        if (selection.taken().isEmpty() && copy.documents().isEmpty()) {
            warnings.accept("nothing is copied: no source is left of " + copy.origin().text());
        }
        try (FileCopy files =
                new FileCopy(
                        copy,
                        new FileCopy.Target(into.files(), owner(copy, into.users()), mode(copy)),
                        new FileCopy.Means(remote, archives))) {
            Instant epoch = latest(newest, files.copy(selection));
            into.read().read(epoch);
            return epoch;
        } catch (RemoteException e) {
            throw refused(copy, e.problem(), e.remedy(), "");
        } catch (DockerfileException | NotStreamableException e) {
            throw e;
        } catch (IOException e) {
            throw refused(copy, String.valueOf(e.getMessage()), "", "");
        }
    }

    private ModeChange mode(Step.CopyFiles copy) throws DockerfileException {
        try {
            return copy.chmod().isEmpty() ? ModeChange.NONE : ModeChange.parse(copy.chmod().get());
        } catch (IllegalArgumentException e) {
            throw refused(copy, String.valueOf(e.getMessage()), "", copy.chmod().orElse(""));
        }
    }

    private Selection ofContext(Step.CopyFiles copy) throws IOException, InterruptedException {
        return select(copy, context.tree());
    }

    private static ContentDigest content(Selection selection, Contents contents)
            throws IOException {
        ContentDigest content = new ContentDigest(contents);
        for (Selection.Taken taken : selection.taken()) {
            switch (taken) {
                case Selection.Taken.Local local -> {
                    content.add("unpack", Boolean.toString(local.unpack()));
                    content.add(local.match(), selection.tree().rule(), local.excludes());
                }
                case Selection.Taken.Remote(Step.Source.Url url, RemoteFile file) -> {
                    content.add("unpack", Boolean.toString(url.unpack()));
                    content.add("remote", file.name());
                    content.add("content", file.content().toString());
                    if (url.checksum().isEmpty()) {
                        content.add("mtime", file.mtime().toString());
                    }
                }
            }
        }
        return content;
    }

    private Selection select(Step.CopyFiles copy, SourceTree tree)
            throws IOException, InterruptedException {
        List<Selection.Taken> taken = new ArrayList<>();
        try {
            SourceChoice choice = new SourceChoice(tree, copy);
            for (Step.Source source : copy.sources()) {
                switch (source) {
                    case Step.Source.Files files -> {
                        Optional<List<Selection.Taken>> found = choice.find(files);
                        taken.addAll(found.isPresent() ? found.get() : missing(copy, files.path()));
                    }
                    case Step.Source.Url url ->
                            taken.add(
                                    new Selection.Taken.Remote(
                                            url, remote.resolve(url.url(), url.checksum())));
                }
            }
        } catch (WordException e) {
            throw refused(copy, e.problem(), e.remedy(), e.part().orElse(""));
        } catch (RemoteException e) {
            throw refused(copy, e.problem(), e.remedy(), "");
        }
        return new Selection(tree, taken);
    }

    private List<Selection.Taken> missing(Step.CopyFiles copy, String source) throws IOException {
        throw switch (copy.from()) {
            case CopyFrom.Context _ -> missingInContext(copy, source);
            case CopyFrom.Stage stage ->
                    refused(
                            copy,
                            "'" + source + "' is not in stage " + stage.stage(),
                            "look which step there makes it",
                            source);
            case CopyFrom.Image image ->
                    refused(
                            copy,
                            "'"
                                    + source
                                    + "' is not in image "
                                    + image.image().reference().familiar(),
                            "",
                            source);
        };
    }

    private DockerfileException missingInContext(Step.CopyFiles copy, String source)
            throws IOException {
        List<SourceMatch> ignored =
                new SourceTree(context.tree().root(), ExclusionRule.none()).find(source);
        if (ignored.isEmpty()) {
            return refused(
                    copy,
                    "'" + source + "' is not in the build context " + context.tree().root(),
                    "paths are relative to the context, and nothing outside of it can be copied",
                    source);
        }
        SourceMatch match = ignored.getFirst();
        Optional<Integer> line = context.ignoreFile().lineFor(match.realPath());
        if (line.isEmpty()) {
            line = context.ignoreFile().lineFor(match.path());
        }
        return refused(
                copy,
                "'"
                        + source
                        + "' is excluded by "
                        + context.ignoreFile().path()
                        + line.map(number -> " line " + number).orElse(""),
                "let it in there with a line '!" + match.realPath() + "' below",
                source);
    }

    private Optional<User> owner(Step.CopyFiles copy, Users users) throws IOException {
        if (copy.chown().isEmpty()) {
            return Optional.empty();
        }
        String chown = copy.chown().get();
        boolean number = !chown.isEmpty() && chown.chars().allMatch(Character::isDigit);
        try {
            // Of a uid alone the gid is the same number
            // (docs.docker.com/reference/dockerfile/#copy---chown---chmod).
            return Optional.of(users.resolve(number ? chown + ":" + chown : chown));
        } catch (NotStreamableException e) {
            throw e;
        } catch (IOException e) {
            throw refused(copy, "--chown=" + chown + ": " + e.getMessage(), "", chown);
        }
    }

    private DockerfileException refused(
            Step.CopyFiles copy, String problem, String remedy, String part) {
        return dockerfile.error(
                Optional.of(copy.origin().range()),
                new WordException(copy.origin().keyword() + ": " + problem, remedy, part));
    }

    private static Instant latest(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }
}
