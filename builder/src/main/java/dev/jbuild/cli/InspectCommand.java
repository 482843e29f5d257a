package dev.jbuild.cli;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.ImageConfigJson;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.ImageDocuments;
import dev.jbuild.store.StoredImage;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class InspectCommand implements Command {
    @Override
    public CommandSpec spec() {
        return Options.spec(Options.argument(0, "IMAGE", "a name or the beginning of a digest"));
    }

    @Override
    public int run(ParseResult args, Session session) throws IOException {
        try (Store store = session.openStore()) {
            Descriptor descriptor = new LocalImages(store).require(Options.argument(args, 0));
            StoredImage image =
                    new ImageDocuments(store.blobs()).image(descriptor, Platform.host());
            Json shown =
                    Json.object()
                            .put("descriptor", OciJson.toJson(descriptor))
                            .put("manifest", OciJson.toJson(image.manifest().value()))
                            .put("config", ImageConfigJson.toJson(image.config()))
                            .build();
            session.console().out().write(shown.encodePretty());
            session.console().out().println();
            return ExitCode.OK.code();
        }
    }
}
