package dev.jbuild.builder.plan;

import dev.jbuild.dockerfile.Origin;
import java.util.List;
import java.util.Optional;

/// One step of a stage, every word expanded.
public sealed interface Step {
    /// The instruction it comes from.
    Origin origin();

    /// What the image's history says of it.
    String createdBy();

    /// Runs a command.
    ///
    /// @param env `NAME=value`; what is in the cache key and shown in the history
    /// @param hiddenEnv proxy settings: seen by the command, in neither key nor history
    /// @param user as in the configuration; empty = root
    /// @param scripts files for this step only, under `/dev/pipes`
    record RunCommand(
            Origin origin,
            String createdBy,
            List<String> args,
            List<String> env,
            List<String> hiddenEnv,
            String user,
            String workingDir,
            boolean network,
            List<Document> scripts)
            implements Step {
        public RunCommand {
            args = List.copyOf(args);
            env = List.copyOf(env);
            hiddenEnv = List.copyOf(hiddenEnv);
            scripts = List.copyOf(scripts);
        }
    }

    /// Copies files.
    ///
    /// @param sources paths or patterns within `from`
    /// @param documents files whose content stands in the Dockerfile
    /// @param destination absolute; ends with `/` if it must be a directory
    /// @param chown as written after expansion
    /// @param chmod as written after expansion
    /// @param excludes patterns of what to leave out, relative to a source
    /// @param unpack whether local archives are unpacked
    record CopyFiles(
            Origin origin,
            String createdBy,
            CopyFrom from,
            List<String> sources,
            List<Document> documents,
            String destination,
            Optional<String> chown,
            Optional<String> chmod,
            List<String> excludes,
            boolean unpack)
            implements Step {
        public CopyFiles {
            sources = List.copyOf(sources);
            documents = List.copyOf(documents);
            excludes = List.copyOf(excludes);
        }
    }

    /// Makes the working directory, if it isn't there.
    ///
    /// @param user who owns it; empty = root
    record MakeDirectory(Origin origin, String createdBy, String path, String user)
            implements Step {}

    /// Changes the configuration alone, which the plan has done already.
    record ConfigOnly(Origin origin, String createdBy) implements Step {}

    /// A file whose content stands in the Dockerfile.
    record Document(String name, String content) {}
}
