package dev.jbuild.builder.solve;

import dev.jbuild.builder.plan.Step;
import dev.jbuild.builder.source.CacheText;
import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.Digest;
import java.util.List;
import java.util.Optional;

/// The cache keys of steps. Whatever a step's result depends on goes in; what it doesn't depend on,
/// such as the spelling of the instruction or the stage's name, stays out. The file system a step
/// starts from goes in by its chainID, so that a step that changed nothing doesn't make the next
/// one run again.
final class StepKeys {
    /// Changes when the same step would give another result than it did in an earlier version.
    private static final String VERSION = "3";

    private StepKeys() {}

    static CacheKey run(Step.RunCommand run, StepInput input) {
        CacheText text =
                start("run", input)
                        .add("args", run.args())
                        .add("env", run.env())
                        .add("user", run.user())
                        .add("cwd", run.workingDir())
                        .add("network", Boolean.toString(run.network()));
        for (Step.Document script : run.scripts()) {
            text.add("script", script.name()).add("content", script.content());
        }
        return new CacheKey(text.digest());
    }

    static CacheKey makeDirectory(Step.MakeDirectory make, StepInput input) {
        return new CacheKey(
                start("mkdir", input).add("path", make.path()).add("user", make.user()).digest());
    }

    /// @param content what the files are that it reads
    static CacheKey copyByContent(Step.CopyFiles copy, StepInput input, Digest content) {
        return new CacheKey(
                copy(copy, input).add("content", content.toString()).digest(),
                Optional.of(place(copy, input)));
    }

    /// See [CacheKey#place].
    static Digest place(Step.CopyFiles copy, StepInput input) {
        return copy(copy, input).add("sources", sources(copy)).digest();
    }

    private static List<String> sources(Step.CopyFiles copy) {
        return copy.sources().stream().map(Object::toString).toList();
    }

    /// By the stack of layers that the files come from, which says all of them without looking at
    /// any.
    static CacheKey copyByOrigin(Step.CopyFiles copy, StepInput input, FileSystemState source) {
        return new CacheKey(
                copy(copy, input)
                        .add("origin", chain(source))
                        .add("sources", sources(copy))
                        .digest());
    }

    private static CacheText copy(Step.CopyFiles copy, StepInput input) {
        CacheText text =
                start("copy", input)
                        .add("destination", copy.destination())
                        .add("chown", copy.chown().orElse(""))
                        .add("chmod", copy.chmod().orElse(""))
                        .add("excludes", copy.excludes())
                        .add("parents", Boolean.toString(copy.parents()));
        for (Step.Document document : copy.documents()) {
            text.add("document", document.name()).add("text", document.content());
        }
        return text;
    }

    private static CacheText start(String kind, StepInput input) {
        return new CacheText()
                .add("version", VERSION)
                .add("kind", kind)
                .add("platform", input.platform().toString())
                .add("epoch", input.epoch().toString())
                .add("bounded", Boolean.toString(input.bounded()))
                .add("source epoch", input.source().map(s -> s.epoch().toString()).orElse(""))
                .add("encoder", input.encoder())
                .add("parent", chain(input.files()));
    }

    private static String chain(FileSystemState files) {
        return files.chain().map(ChainId::toString).orElse("scratch");
    }
}
