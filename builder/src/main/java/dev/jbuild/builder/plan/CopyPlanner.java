package dev.jbuild.builder.plan;

import dev.jbuild.dockerfile.CopySource;
import dev.jbuild.dockerfile.DockerfileException;
import dev.jbuild.dockerfile.Heredoc;
import dev.jbuild.dockerfile.Instruction;
import dev.jbuild.dockerfile.Origin;
import dev.jbuild.dockerfile.RemoteSource;
import dev.jbuild.dockerfile.Stage;
import dev.jbuild.dockerfile.WordException;
import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Makes the steps of COPY and ADD.
final class CopyPlanner {
    private static final Pattern OTHER_SCHEME = Pattern.compile("([a-zA-Z][a-zA-Z0-9+.-]*)://.*");

    private final BuildPlanner build;
    private final Stage stage;
    private final StageState state;

    CopyPlanner(BuildPlanner build, Stage stage, StageState state) {
        this.build = build;
        this.stage = stage;
        this.state = state;
    }

    Step copy(Instruction.Copy copy, Origin origin) throws IOException, InterruptedException {
        List<Step.Source> sources = new ArrayList<>();
        for (String word : words(copy, copy.sources())) {
            switch (remote(copy, word)) {
                case RemoteSource.Local local ->
                        sources.add(new Step.Source.Files(local.path(), false));
                case RemoteSource.Http _ ->
                        throw refused(
                                copy, "source can't be a URL for COPY", "use ADD for it", word);
                case RemoteSource.Git _ ->
                        throw refused(
                                copy, "source can't be a git ref for COPY", "use ADD for it", word);
            }
        }
        CopyFrom from =
                copy.from().isPresent() ? from(copy, copy.from().get()) : new CopyFrom.Context();
        return files(
                new Common(copy, "COPY", copy.sources(), copy.destination(), copy.options()),
                origin,
                from,
                sources,
                copy.parents());
    }

    Step add(Instruction.Add add, Origin origin) throws DockerfileException {
        List<String> words = words(add, add.sources());
        Optional<String> checksum = expandIf(add, add.checksum()).filter(text -> !text.isEmpty());
        if (checksum.isPresent() && words.size() != 1) {
            throw refused(
                    add,
                    "checksum can't be specified for multiple sources",
                    "write an ADD for each of them",
                    checksum.get());
        }
        List<Step.Source> sources = new ArrayList<>();
        for (String word : words) {
            sources.add(source(add, word, checksum));
        }
        return files(
                new Common(add, "ADD", add.sources(), add.destination(), add.options()),
                origin,
                new CopyFrom.Context(),
                sources,
                false);
    }

    private Step.Source source(Instruction.Add add, String word, Optional<String> checksum)
            throws DockerfileException {
        return switch (remote(add, word)) {
            case RemoteSource.Http http ->
                    new Step.Source.Url(
                            http.url(), digest(add, checksum), add.unpack().orElse(false));
            case RemoteSource.Git _ ->
                    throw refused(
                            add,
                            "ADD of a git repository can't be executed yet",
                            "clone it with RUN git clone, or ADD an archive of it by its https URL",
                            word);
            case RemoteSource.Local local -> {
                if (checksum.isPresent()) {
                    throw refused(
                            add,
                            "checksum requires HTTP(S) or Git sources",
                            "remove --checksum: files of the context are known by their content",
                            checksum.get());
                }
                yield new Step.Source.Files(local.path(), add.unpack().orElse(true));
            }
        };
    }

    private RemoteSource remote(Instruction at, String word) throws DockerfileException {
        RemoteSource source;
        try {
            source = RemoteSource.of(word);
        } catch (WordException e) {
            throw build.file().at(at, e);
        }
        Matcher other = OTHER_SCHEME.matcher(word);
        if (source instanceof RemoteSource.Local && other.matches()) {
            throw refused(
                    at,
                    "no files are taken from '" + other.group(1) + ":' URLs",
                    "name a file of the build context, or an http or https URL with ADD",
                    word);
        }
        return source;
    }

    private Optional<Digest> digest(Instruction at, Optional<String> checksum)
            throws DockerfileException {
        try {
            return checksum.map(Digest::parse);
        } catch (IllegalArgumentException e) {
            throw refused(
                    at,
                    "--checksum: " + e.getMessage(),
                    "write --checksum=sha256: and what sha256sum prints for the file",
                    checksum.orElse(""));
        }
    }

    /// What the instruction says, unexpanded.
    private record Common(
            Instruction at,
            String name,
            List<CopySource> sources,
            String destination,
            Instruction.CopyOptions options) {}

    private Step files(
            Common said, Origin origin, CopyFrom from, List<Step.Source> sources, boolean parents)
            throws DockerfileException {
        List<Step.Document> documents = documents(said.at(), said.sources());
        String target = expand(said.at(), said.destination());
        if (sources.size() + documents.size() > 1 && !target.endsWith("/")) {
            throw refused(
                    said.at(),
                    "When using "
                            + said.name()
                            + " with more than one source file, the destination must be a"
                            + " directory and end with a /",
                    "write " + target + "/",
                    said.destination());
        }
        Optional<String> chown = expandIf(said.at(), said.options().chown());
        Optional<String> chmod = expandIf(said.at(), said.options().chmod());
        List<String> shown = new ArrayList<>();
        for (Step.Source source : sources) {
            shown.add(
                    switch (source) {
                        case Step.Source.Files files -> files.path();
                        case Step.Source.Url url -> Secrets.hide(url.url());
                    });
        }
        documents.forEach(document -> shown.add("<<" + document.name()));
        return new Step.CopyFiles(
                origin,
                HistoryText.copy(said.name(), parents, chown, chmod, shown, target),
                from,
                sources,
                documents,
                ContainerPaths.destination(state.workingDirOrRoot(), target),
                chown,
                chmod,
                said.options().excludes(),
                parents);
    }

    private List<String> words(Instruction at, List<CopySource> sources)
            throws DockerfileException {
        List<String> words = new ArrayList<>();
        for (CopySource source : sources) {
            if (source instanceof CopySource.Word word) {
                words.add(expand(at, word.text()));
            }
        }
        return words;
    }

    private List<Step.Document> documents(Instruction at, List<CopySource> sources)
            throws DockerfileException {
        List<Step.Document> documents = new ArrayList<>();
        for (CopySource source : sources) {
            if (source instanceof CopySource.Document document) {
                documents.add(document(at, document.heredoc()));
            }
        }
        return documents;
    }

    private Step.Document document(Instruction at, Heredoc heredoc) throws DockerfileException {
        requireFileName(build, at, heredoc.name());
        String text = heredoc.text();
        if (heredoc.expand()) {
            text = build.expandHeredoc(at, text, state.variables());
        }
        return new Step.Document(heredoc.name(), text);
    }

    /// The word of a heredoc becomes the name of a file, which must not lead anywhere.
    static void requireFileName(BuildPlanner build, Instruction at, String name)
            throws DockerfileException {
        if (name.indexOf('/') >= 0 || name.equals(".") || name.equals("..") || name.isEmpty()) {
            throw build.refused(
                    at,
                    "heredoc '" + name + "' is no name of a file",
                    "end it with a plain word, such as EOF",
                    name);
        }
    }

    private CopyFrom from(Instruction.Copy copy, String word)
            throws IOException, InterruptedException {
        String name = build.expand(copy, word, build.globalScope());
        if (!name.isEmpty() && name.length() < 10 && name.chars().allMatch(Character::isDigit)) {
            int index = Integer.parseInt(name);
            if (index >= stage.index()) {
                throw refused(
                        copy,
                        "COPY --from="
                                + name
                                + ": there is no stage "
                                + index
                                + " before this line",
                        "stages count from 0; give the stage a name with FROM … AS name",
                        word);
            }
            return new CopyFrom.Stage(build.require(build.file().stages().get(index)).index());
        }
        Optional<Stage> earlier = build.earlierStage(name, stage.index());
        if (earlier.isPresent()) {
            return new CopyFrom.Stage(build.require(earlier.get()).index());
        }
        return new CopyFrom.Image(
                build.image(copy, name, build.request().platform(), stage.index()));
    }

    private String expand(Instruction at, String word) throws DockerfileException {
        return build.expand(at, word, state.variables());
    }

    private Optional<String> expandIf(Instruction at, Optional<String> word)
            throws DockerfileException {
        return word.isEmpty() ? Optional.empty() : Optional.of(expand(at, word.get()));
    }

    private DockerfileException refused(
            Instruction at, String problem, String remedy, String part) {
        return build.refused(at, problem, remedy, part);
    }
}
