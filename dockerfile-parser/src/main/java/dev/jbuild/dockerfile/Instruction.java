package dev.jbuild.dockerfile;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// One instruction. All words are as written: unexpanded, with their quotes, except where a
/// record says otherwise.
public sealed interface Instruction {
    Origin origin();

    default SourceRange range() {
        return origin().range();
    }

    /// The name in upper case.
    default String name() {
        return getClass().getSimpleName().toUpperCase(java.util.Locale.ROOT);
    }

    /// `FROM [--platform=P] image [AS name]`.
    ///
    /// @param image an image, a stage, a named context or `scratch`; unexpanded
    /// @param stageName in lower case
    record From(Origin origin, String image, Optional<String> stageName, Optional<String> platform)
            implements Instruction {}

    /// @param mounts in order; to be resolved with the stage's environment
    record Run(
            Origin origin,
            CommandLine command,
            List<MountFlag> mounts,
            Network network,
            Security security,
            List<Device> devices)
            implements Instruction {
        public Run {
            mounts = List.copyOf(mounts);
            devices = List.copyOf(devices);
        }

        /// `--network`.
        public enum Network {
            DEFAULT,
            NONE,
            HOST
        }

        /// `--security`.
        public enum Security {
            SANDBOX,
            INSECURE
        }

        /// `--device`.
        ///
        /// @param name a CDI device or class
        public record Device(String name, boolean required) {}
    }

    record Cmd(Origin origin, CommandLine command) implements Instruction {}

    record Entrypoint(Origin origin, CommandLine command) implements Instruction {}

    /// @param labels at least one
    record Label(Origin origin, List<KeyValue> labels) implements Instruction {
        public Label {
            labels = List.copyOf(labels);
        }
    }

    /// @param variables at least one
    record Env(Origin origin, List<KeyValue> variables) implements Instruction {
        public Env {
            variables = List.copyOf(variables);
        }
    }

    /// @param arguments at least one
    record Arg(Origin origin, List<Definition> arguments) implements Instruction {
        public Arg {
            arguments = List.copyOf(arguments);
        }

        /// @param value the default, unexpanded
        /// @param description what a comment right above says of it
        public record Definition(
                String key, Optional<String> value, Optional<String> description) {}
    }

    record Maintainer(Origin origin, String maintainer) implements Instruction {}

    /// @param ports sorted; each may expand to several words, to be read by [ExposedPort#parse]
    record Expose(Origin origin, List<String> ports) implements Instruction {
        public Expose {
            ports = List.copyOf(ports);
        }
    }

    record Copy(
            Origin origin,
            List<CopySource> sources,
            String destination,
            Optional<String> from,
            CopyOptions options,
            boolean parents)
            implements Instruction {
        public Copy {
            sources = List.copyOf(sources);
        }
    }

    /// @param checksum of the one remote source
    /// @param keepGitDir empty unless written
    /// @param unpack empty unless written: then local archives are unpacked and remote ones not
    record Add(
            Origin origin,
            List<CopySource> sources,
            String destination,
            CopyOptions options,
            Optional<String> checksum,
            Optional<Boolean> keepGitDir,
            Optional<Boolean> unpack)
            implements Instruction {
        public Add {
            sources = List.copyOf(sources);
        }
    }

    /// The flags that COPY and ADD share.
    ///
    /// @param excludes patterns as in `.dockerignore`, relative to the source
    record CopyOptions(
            Optional<String> chown, Optional<String> chmod, boolean link, List<String> excludes) {
        public CopyOptions {
            excludes = List.copyOf(excludes);
        }
    }

    record Workdir(Origin origin, String path) implements Instruction {}

    record User(Origin origin, String user) implements Instruction {}

    /// @param paths at least one, none empty
    record Volume(Origin origin, List<String> paths) implements Instruction {
        public Volume {
            paths = List.copyOf(paths);
        }
    }

    record StopSignal(Origin origin, String signal) implements Instruction {}

    record Shell(Origin origin, List<String> command) implements Instruction {
        public Shell {
            command = List.copyOf(command);
        }
    }

    /// @param test empty for `HEALTHCHECK NONE`
    record Healthcheck(Origin origin, Optional<Test> test) implements Instruction {

        /// Durations and retries that were not written are zero: inherit.
        public record Test(
                CommandLine command,
                Duration interval,
                Duration timeout,
                Duration startPeriod,
                Duration startInterval,
                int retries) {}
    }

    /// @param expression the trigger as the image's configuration keeps it, with its heredocs
    /// @param trigger the instruction in it, if it is one
    record Onbuild(Origin origin, String expression, Optional<Instruction> trigger)
            implements Instruction {}
}
