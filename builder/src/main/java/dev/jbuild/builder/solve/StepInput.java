package dev.jbuild.builder.solve;

import dev.jbuild.oci.Platform;
import java.time.Instant;
import java.util.Optional;

/// What a step starts from.
///
/// @param epoch the time of the newest input before this step
/// @param bounded whether SOURCE_DATE_EPOCH bounds all times
/// @param encoder what compresses the layer, with version and level
/// @param mounted whether a later step has to see the files on disk: else a copy may go straight
///     into its layer
/// @param last whether it is the stage's last step that makes a layer
/// @param inImage whether its layer will be one of the image
/// @param source the files of the stage or image it copies from; empty if it doesn't, or copies
///     from the context
record StepInput(
        FileSystemState files,
        Platform platform,
        Instant epoch,
        Optional<SourceFiles> source,
        boolean bounded,
        String encoder,
        boolean mounted,
        boolean last,
        boolean inImage) {}
