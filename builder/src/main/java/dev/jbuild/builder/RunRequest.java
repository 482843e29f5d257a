package dev.jbuild.builder;

import dev.jbuild.builder.exec.Network;
import dev.jbuild.builder.exec.Stdio;
import dev.jbuild.oci.ImageReference;
import java.util.List;
import java.util.Optional;

/// An image to run and what is different from its configuration.
///
/// @param command in place of the image's CMD; empty = the image's
/// @param entrypoint in place of the image's ENTRYPOINT
/// @param env `NAME=value`, in addition to the image's
/// @param user in place of the image's
/// @param workingDir in place of the image's
public record RunRequest(
        ImageReference image,
        List<String> command,
        Optional<String> entrypoint,
        List<String> env,
        Optional<String> user,
        Optional<String> workingDir,
        Network network,
        Stdio stdio) {
    public RunRequest {
        command = List.copyOf(command);
        env = List.copyOf(env);
    }
}
