package dev.jbuild.builder.solve;

import dev.jbuild.builder.plan.Step;
import dev.jbuild.builder.source.ExclusionRule;
import dev.jbuild.builder.source.SourceMatch;
import dev.jbuild.builder.source.SourceTree;
import dev.jbuild.dockerfile.DockerIgnore;
import dev.jbuild.dockerfile.WordException;
import dev.jbuild.dockerfile.text.GoPath;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Finds what the sources of a COPY or ADD stand for.
///
/// A pattern that nothing matches stands for nothing, as in `COPY package.json yarn.lock* ./`;
/// a path has to be there.
final class SourceChoice {
    private static final String PIVOT = "/./";

    private final SourceTree tree;
    private final List<String> excludePatterns;
    private final ExclusionRule excludes;
    private final boolean parents;

    /// @throws WordException if `--exclude` is malformed
    SourceChoice(SourceTree tree, Step.CopyFiles copy) throws WordException {
        this.tree = tree;
        this.excludePatterns = copy.excludes();
        this.excludes = ExclusionRule.of(DockerIgnore.of(copy.excludes()));
        this.parents = copy.parents();
    }

    /// @return empty if there is no such thing and it isn't a pattern
    /// @throws WordException if the source can't be meant like that
    Optional<List<Selection.Taken>> find(Step.Source.Files source) throws IOException {
        return parents ? withParents(source) : plain(source);
    }

    private Optional<List<Selection.Taken>> plain(Step.Source.Files source) throws IOException {
        List<SourceMatch> found = matches(source.path());
        if (found.isEmpty() && !SourceTree.isPattern(source.path())) {
            return Optional.empty();
        }
        List<Selection.Taken> taken = new ArrayList<>();
        for (SourceMatch match : found) {
            if (match.directory() || !isExcluded(match)) {
                taken.add(new Selection.Taken.Local(match, excludes, source.unpack()));
            }
        }
        return Optional.of(taken);
    }

    /// A file that is a source itself is left out by its name, as the documentation says and
    /// BuildKit does not do (moby/buildkit#5489), or by its path.
    private boolean isExcluded(SourceMatch file) {
        return !excludePatterns.isEmpty()
                && (excludes.excludes(file.name()) || excludes.excludes(file.path()));
    }

    /// What stands before `/./` is looked up and its own name dropped; what stands after it chooses
    /// in there, and keeps its directories.
    private Optional<List<Selection.Taken>> withParents(Step.Source.Files source)
            throws IOException {
        int pivot = source.path().indexOf(PIVOT);
        String base = pivot < 0 ? "" : source.path().substring(0, pivot);
        String rest = pivot < 0 ? source.path() : source.path().substring(pivot + PIVOT.length());
        String pattern = GoPath.clean("/" + rest).substring(1);
        if (!SourceTree.isPattern(base) && !SourceTree.isPattern(pattern)) {
            String path = base + "/" + pattern;
            if (matches(path).isEmpty()) {
                return Optional.empty();
            }
            refuseLinkedParent(base, pattern);
        }
        ExclusionRule rule = pattern.isEmpty() ? excludes : excludes.or(only(pattern));
        List<Selection.Taken> taken = new ArrayList<>();
        for (SourceMatch match : matches(base)) {
            if (match.directory()) {
                taken.add(new Selection.Taken.Local(match, rule, false));
            }
        }
        return Optional.of(taken);
    }

    private static ExclusionRule only(String pattern) throws WordException {
        return ExclusionRule.allBut(pattern);
    }

    /// A link can't be made a directory on the way, and to copy nothing would be no answer.
    private void refuseLinkedParent(String base, String pattern) throws IOException {
        int slash = pattern.lastIndexOf('/');
        if (slash < 0) {
            return;
        }
        String way = pattern.substring(0, slash);
        Path start = tree.resolve(base);
        Path end = tree.resolve(base + "/" + way);
        if (!end.equals(start.resolve(way))) {
            throw new WordException(
                    "the way to '"
                            + pattern
                            + "' has a symbolic link, which --parents doesn't follow",
                    "name the path it leads to, " + tree.root().relativize(end),
                    pattern);
        }
    }

    private List<SourceMatch> matches(String source) throws IOException {
        try {
            return tree.find(source);
        } catch (IllegalArgumentException e) {
            throw new WordException(String.valueOf(e.getMessage()), "", source);
        } catch (FileSystemException e) {
            if (e.getReason() == null) {
                throw e; // which says all in its type
            }
            throw new WordException(
                    "the source can't be looked at: " + e.getReason(),
                    "a name has at most 255 bytes, and a path 4,096; a link must not lead to itself",
                    source);
        }
    }
}
