package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.CopySource;
import dev.jbuild.dockerfile.DockerIgnore;
import dev.jbuild.dockerfile.Instruction;
import dev.jbuild.dockerfile.MountFlag;
import dev.jbuild.dockerfile.RemoteSource;
import dev.jbuild.dockerfile.WordException;
import dev.jbuild.dockerfile.text.GoPath;
import dev.jbuild.dockerfile.text.GoText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// What COPY and ADD can't do, and what the ignore file takes from them.
final class CopyChecks {
    private static final Pattern OCTAL = Pattern.compile("0*+[0-7]{0,4}");
    private static final String CLAUSE = "[ugoa]*+(?:[-+=][rwxXstugo]*+)++";
    private static final Pattern SYMBOLIC = Pattern.compile(CLAUSE + "(?:," + CLAUSE + ")*+");
    private static final List<String> WHOLE_CONTEXT = List.of("*", "**", "**/*");

    private final DockerIgnore ignore;
    private final FindingCollector findings;

    CopyChecks(DockerIgnore ignore, FindingCollector findings) {
        this.ignore = ignore;
        this.findings = findings;
    }

    /// @param stages whether the stage it takes files from can be had
    void check(
            Instruction.Copy copy,
            MountFlag.Expander words,
            MountFlag.Expander documents,
            Requirement stages)
            throws WordException {
        Optional<String> mode = options(copy.options(), words);
        List<String> sources = sources(copy.sources(), words);
        words.expand(copy.destination());
        documents(copy.sources(), documents);
        stages.check();
        if (mode.isPresent()) {
            chmod(mode.get());
        }
        for (String source : sources) {
            switch (RemoteSource.of(source)) {
                case RemoteSource.Git _ ->
                        throw new WordException(
                                "source can't be a git ref for COPY", "use ADD", source);
                case RemoteSource.Http _ ->
                        throw new WordException(
                                "source can't be a URL for COPY", "use ADD", source);
                case RemoteSource.Local local -> {
                    if (copy.from().isEmpty()) {
                        ignored(copy, "Copy", local.path());
                    }
                }
            }
        }
    }

    /// Something that must be so.
    @FunctionalInterface
    interface Requirement {
        void check() throws WordException;
    }

    void check(Instruction.Add add, MountFlag.Expander words, MountFlag.Expander documents)
            throws WordException {
        Optional<String> mode = options(add.options(), words);
        Optional<String> checksum = Optional.empty();
        if (add.checksum().isPresent()) {
            checksum = Optional.of(words.expand(add.checksum().get())).filter(c -> !c.isEmpty());
        }
        List<String> sources = sources(add.sources(), words);
        words.expand(add.destination());
        documents(add.sources(), documents);
        if (mode.isPresent()) {
            chmod(mode.get());
        }
        if (checksum.isPresent() && sources.size() != 1) {
            throw new WordException(
                    "checksum can't be specified for multiple sources",
                    "write an ADD of its own for each",
                    "--checksum");
        }
        for (String source : sources) {
            switch (RemoteSource.of(source)) {
                case RemoteSource.Local local -> {
                    if (checksum.isPresent()) {
                        throw new WordException(
                                "checksum requires HTTP(S) or Git sources",
                                "remove --checksum",
                                "--checksum");
                    }
                    ignored(add, "Add", local.path());
                }
                case RemoteSource.Git git -> agree(checksum, git, add.keepGitDir());
                case RemoteSource.Http _ -> {
                    if (checksum.isPresent()) {
                        digest(checksum.get());
                    }
                }
            }
        }
    }

    private static void digest(String checksum) throws WordException {
        Optional<String> problem = ImageName.digestProblem(checksum);
        if (problem.isPresent()) {
            throw new WordException(
                    problem.get(),
                    "write it as in --checksum=sha256:<64 hex digits>",
                    "--checksum");
        }
    }

    private static void agree(
            Optional<String> checksum, RemoteSource.Git git, Optional<Boolean> keepGitDir)
            throws WordException {
        if (keepGitDir.isPresent()
                && git.keepGitDir().isPresent()
                && !keepGitDir.equals(git.keepGitDir())) {
            throw new WordException(
                    "inconsistent keep-git-dir configuration", "write it once", "--keep-git-dir");
        }
        if (checksum.isPresent()
                && git.checksum().isPresent()
                && !checksum.equals(git.checksum())) {
            throw new WordException(
                    "checksum mismatch "
                            + GoText.quote(checksum.get())
                            + " != "
                            + GoText.quote(git.checksum().get()),
                    "write the commit once",
                    "--checksum");
        }
    }

    /// Expands them.
    ///
    /// @return the mode, if there is one
    private static Optional<String> options(
            Instruction.CopyOptions options, MountFlag.Expander words) throws WordException {
        if (options.chown().isPresent()) {
            words.expand(options.chown().get());
        }
        return options.chmod().isEmpty()
                ? Optional.empty()
                : Optional.of(words.expand(options.chmod().get())).filter(m -> !m.isEmpty());
    }

    private static void chmod(String mode) throws WordException {
        if (!OCTAL.matcher(mode).matches() && !SYMBOLIC.matcher(mode).matches()) {
            throw new WordException(
                    "invalid chmod parameter: '"
                            + mode
                            + "'. it should be octal string and between 0 and 07777",
                    "write it as in 0755 or u=rwX,go=rX",
                    "--chmod");
        }
    }

    private static List<String> sources(List<CopySource> sources, MountFlag.Expander words)
            throws WordException {
        List<String> expanded = new ArrayList<>();
        for (CopySource source : sources) {
            if (source instanceof CopySource.Word word) {
                expanded.add(words.expand(word.text()));
            }
        }
        return expanded;
    }

    private static void documents(List<CopySource> sources, MountFlag.Expander documents)
            throws WordException {
        for (CopySource source : sources) {
            if (source instanceof CopySource.Document document && document.heredoc().expand()) {
                documents.expand(document.heredoc().text());
            }
        }
    }

    /// Says nothing if there are `!` patterns: then a file in an ignored directory may be
    /// there.
    private void ignored(Instruction instruction, String verb, String source) {
        if (ignore.isEmpty() || ignore.hasNegations()) {
            return;
        }
        String clean = GoPath.clean(source);
        boolean root = clean.equals(".") || clean.equals("/");
        if (root && ignore.patterns().stream().noneMatch(WHOLE_CONTEXT::contains)) {
            return;
        }
        if (ignore.excludes(clean)) {
            findings.report(
                    Rule.COPY_IGNORED_FILE,
                    instruction,
                    "Attempting to "
                            + verb
                            + " file "
                            + GoText.quote(clean)
                            + " that is excluded by .dockerignore");
        }
    }
}
