package dev.jbuild.builder.solve;

import dev.jbuild.builder.exec.User;
import dev.jbuild.builder.exec.UserLookup;
import dev.jbuild.builder.plan.CopyFrom;
import dev.jbuild.builder.plan.Step;
import dev.jbuild.builder.source.BuildContext;
import dev.jbuild.builder.source.ContentDigest;
import dev.jbuild.builder.source.ExclusionRule;
import dev.jbuild.builder.source.FileIndex;
import dev.jbuild.builder.source.SourceMatch;
import dev.jbuild.builder.source.SourceTree;
import dev.jbuild.dockerfile.DockerIgnore;
import dev.jbuild.dockerfile.Dockerfile;
import dev.jbuild.dockerfile.DockerfileException;
import dev.jbuild.dockerfile.WordException;
import dev.jbuild.overlay.ActiveSnapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Executes COPY and ADD of local files.
final class CopyStep {
    /// Mounts the files of a stage or an image.
    interface Views {
        FilesView open(FileSystemState files) throws IOException, InterruptedException;
    }

    /// What a step takes: where from, and what its sources stand for.
    private record Selection(SourceTree tree, List<SourceMatch> matches, ContentDigest content) {}

    private final BuildContext context;
    private final Dockerfile dockerfile;
    private final Views views;
    private final Supplier<Archives> archives;

    /// @param archives asked for when there is something to unpack
    CopyStep(
            BuildContext context, Dockerfile dockerfile, Views views, Supplier<Archives> archives) {
        this.context = context;
        this.dockerfile = dockerfile;
        this.views = views;
        this.archives = archives;
    }

    /// The key by the context's content, or by the layers of the stage that is copied from.
    CacheKey key(Step.CopyFiles copy, StepInput input) throws IOException {
        return input.source().isPresent()
                ? StepKeys.copyByOrigin(copy, input, input.source().get().files())
                : StepKeys.copyByContent(copy, input, ofContext(copy).content().digest());
    }

    /// Copies into the snapshot.
    ///
    /// @return the time of the newest input with this step
    Instant copy(
            Step.CopyFiles copy,
            StepInput input,
            ActiveSnapshot snapshot,
            Consumer<String> warnings)
            throws IOException, InterruptedException {
        if (input.source().isEmpty()) {
            Selection selection = ofContext(copy);
            copy(copy, selection, snapshot.root(), warnings);
            if (!ofContext(copy).content().digest().equals(selection.content().digest())) {
                throw refused(
                        copy, "its sources changed while they were copied", "build again", "");
            }
            return latest(input.epoch(), selection.content().newest());
        }
        SourceFiles source = input.source().get();
        try (FilesView view = views.open(source.files())) {
            copy(copy, ofStage(copy, view), snapshot.root(), warnings);
        }
        return latest(input.epoch(), source.epoch());
    }

    private void copy(
            Step.CopyFiles copy, Selection selection, Path root, Consumer<String> warnings)
            throws IOException {
        try {
            new FileCopy(
                            copy,
                            root,
                            owner(copy, root),
                            mode(copy),
                            excludes(copy),
                            archives,
                            warnings)
                    .copy(selection.tree(), selection.matches());
        } catch (DockerfileException e) {
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

    private Selection ofContext(Step.CopyFiles copy) throws IOException {
        return select(copy, context.tree(), new ContentDigest(context.index(), false));
    }

    private Selection ofStage(Step.CopyFiles copy, FilesView view) throws IOException {
        SourceTree tree = new SourceTree(view.root(), ExclusionRule.none());
        return select(copy, tree, new ContentDigest(FileIndex.empty(), true));
    }

    private Selection select(Step.CopyFiles copy, SourceTree tree, ContentDigest content)
            throws IOException {
        ExclusionRule excludes = excludes(copy);
        List<SourceMatch> matches = new ArrayList<>();
        for (String source : copy.sources()) {
            List<SourceMatch> found = find(copy, tree, source);
            for (SourceMatch match : found) {
                content.add(match, tree.rule(), excludes);
            }
            matches.addAll(found);
        }
        return new Selection(tree, matches, content);
    }

    private List<SourceMatch> find(Step.CopyFiles copy, SourceTree tree, String source)
            throws IOException {
        List<SourceMatch> found;
        try {
            found = tree.find(source);
        } catch (IllegalArgumentException e) {
            throw refused(copy, String.valueOf(e.getMessage()), "", source);
        }
        if (found.isEmpty()) {
            throw missing(copy, source);
        }
        return found;
    }

    private DockerfileException missing(Step.CopyFiles copy, String source) throws IOException {
        return switch (copy.from()) {
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
        boolean ignored =
                !new SourceTree(context.tree().root(), ExclusionRule.none()).find(source).isEmpty();
        return ignored
                ? refused(
                        copy,
                        "'"
                                + source
                                + "' is left out of the build context by "
                                + context.ignoreFile(),
                        "let it in there with a line '!" + source + "'",
                        source)
                : refused(
                        copy,
                        "'" + source + "' is not in the build context " + context.tree().root(),
                        "paths are relative to the context, and nothing outside of it can be copied",
                        source);
    }

    private Optional<User> owner(Step.CopyFiles copy, Path root) throws IOException {
        if (copy.chown().isEmpty()) {
            return Optional.empty();
        }
        String chown = copy.chown().get();
        boolean number = !chown.isEmpty() && chown.chars().allMatch(Character::isDigit);
        try {
            // Of a uid alone the gid is the same number
            // (docs.docker.com/reference/dockerfile/#copy---chown---chmod).
            return Optional.of(UserLookup.resolve(root, number ? chown + ":" + chown : chown));
        } catch (IOException e) {
            throw refused(copy, "--chown=" + chown + ": " + e.getMessage(), "", chown);
        }
    }

    private ExclusionRule excludes(Step.CopyFiles copy) throws DockerfileException {
        try {
            return ExclusionRule.of(DockerIgnore.of(copy.excludes()));
        } catch (WordException e) {
            throw dockerfile.error(Optional.of(copy.origin().range()), e);
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
