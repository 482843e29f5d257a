package dev.jbuild.builder.solve;

import dev.jbuild.builder.plan.Step;
import dev.jbuild.builder.remote.RemoteFile;
import dev.jbuild.builder.source.ExclusionRule;
import dev.jbuild.builder.source.SourceMatch;
import dev.jbuild.builder.source.SourceTree;
import java.util.List;

/// What a COPY or ADD takes, in the order it was named.
///
/// @param tree that local files are in
record Selection(SourceTree tree, List<Taken> taken) {
    Selection {
        taken = List.copyOf(taken);
    }

    sealed interface Taken {
        /// @param excludes what of a directory is left out, by paths in there
        record Local(SourceMatch match, ExclusionRule excludes, boolean unpack) implements Taken {}

        record Remote(Step.Source.Url url, RemoteFile file) implements Taken {}
    }
}
