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
    private static final Pattern OCTAL = Pattern.compile("[0-7]{1,10}");
    private static final Pattern SYMBOLIC =
            Pattern.compile(
                    "[ugoa]*+(?:[-+=](?:[ugo]|[rwxXst]*+))++(?:,[ugoa]*+(?:[-+=](?:[ugo]|[rwxXst]*+))++)*+");
    private static final List<String> WHOLE_CONTEXT = List.of("*", "**", "**/*");

    private final DockerIgnore ignore;
    private final FindingCollector findings;

    CopyChecks(DockerIgnore ignore, FindingCollector findings) {
        this.ignore = ignore;
        this.findings = findings;
    }

    void check(Instruction.Copy copy, MountFlag.Expander words, MountFlag.Expander documents)
            throws WordException {
        options(copy.options(), words);
        for (String source : sources(copy.sources(), words)) {
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
        words.expand(copy.destination());
        documents(copy.sources(), documents);
    }

    void check(Instruction.Add add, MountFlag.Expander words, MountFlag.Expander documents)
            throws WordException {
        options(add.options(), words);
        Optional<String> checksum = Optional.empty();
        if (add.checksum().isPresent()) {
            checksum = Optional.of(words.expand(add.checksum().get())).filter(c -> !c.isEmpty());
        }
        List<String> sources = sources(add.sources(), words);
        if (checksum.isPresent() && sources.size() != 1) {
            throw new WordException(
                    "checksum can't be specified for multiple sources",
                    "write an ADD of its own for each",
                    "--checksum");
        }
        for (String source : sources) {
            RemoteSource remote = RemoteSource.of(source);
            if (remote instanceof RemoteSource.Local local) {
                if (checksum.isPresent()) {
                    throw new WordException(
                            "checksum requires HTTP(S) or Git sources",
                            "remove --checksum",
                            "--checksum");
                }
                ignored(add, "Add", local.path());
            }
            if (remote instanceof RemoteSource.Git git) {
                agree(checksum, git, add.keepGitDir());
            }
        }
        words.expand(add.destination());
        documents(add.sources(), documents);
    }

    private static void agree(
            Optional<String> checksum, RemoteSource.Git git, Optional<Boolean> keepGitDir)
            throws WordException {
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
        if (keepGitDir.isPresent()
                && git.keepGitDir().isPresent()
                && !keepGitDir.equals(git.keepGitDir())) {
            throw new WordException(
                    "inconsistent keep-git-dir configuration", "write it once", "--keep-git-dir");
        }
    }

    private static void options(Instruction.CopyOptions options, MountFlag.Expander words)
            throws WordException {
        if (options.chown().isPresent()) {
            words.expand(options.chown().get());
        }
        if (options.chmod().isPresent()) {
            chmod(words.expand(options.chmod().get()));
        }
    }

    private static void chmod(String mode) throws WordException {
        if (mode.isEmpty()) {
            return;
        }
        boolean octal = OCTAL.matcher(mode).matches() && Long.parseLong(mode, 8) <= 07777;
        if (!octal && !SYMBOLIC.matcher(mode).matches()) {
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
