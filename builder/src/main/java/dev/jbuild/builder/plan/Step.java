package dev.jbuild.builder.plan;

import dev.jbuild.dockerfile.Origin;
import dev.jbuild.oci.Digest;
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
    /// @param sources in the order they were written
    /// @param documents files whose content stands in the Dockerfile
    /// @param destination absolute; ends with `/` if it must be a directory
    /// @param chown as written after expansion
    /// @param chmod as written after expansion
    /// @param excludes patterns of what to leave out, relative to a source that is a directory
    /// @param parents whether the directories on the way to a source are made too
    record CopyFiles(
            Origin origin,
            String createdBy,
            CopyFrom from,
            List<Source> sources,
            List<Document> documents,
            String destination,
            Optional<String> chown,
            Optional<String> chmod,
            List<String> excludes,
            boolean parents)
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

    /// What is copied.
    sealed interface Source {
        /// @param path or pattern, within what is copied from
        /// @param unpack whether archives are unpacked
        record Files(String path, boolean unpack) implements Source {}

        /// A file on a web server.
        ///
        /// @param url may hold a password: [Secrets#hide] before it is shown
        /// @param checksum what its content must be
        record Url(String url, Optional<Digest> checksum, boolean unpack) implements Source {}
    }

    /// A file whose content stands in the Dockerfile.
    record Document(String name, String content) {}
}
