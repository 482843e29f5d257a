package dev.jbuild.cli;

import dev.jbuild.builder.BuildRequest;
import dev.jbuild.builder.BuildResult;
import dev.jbuild.builder.compare.ComparedImage;
import dev.jbuild.builder.image.StoreImages;
import dev.jbuild.builder.plan.PlanRequest;
import dev.jbuild.builder.solve.SolveOptions;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.ImageDocuments;
import dev.jbuild.store.StoredImage;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ParseResult;

/// Builds an image again, in a store of its own that is empty but for the base images, and compares
/// the two. Nothing of it stays: no name, no layer, no cache.
final class Rebuild {
    private final ParseResult args;
    private final Session session;

    private Rebuild(ParseResult args, Session session) {
        this.args = args;
        this.session = session;
    }

    /// @return the exit code: 0 if the image came out the same
    static int run(ParseResult args, Session session) throws Exception {
        Platform platform = BuildArguments.platform(args);
        try (Store store = session.openStore()) {
            ComparedImage image = DiffCommand.image(store, Options.argument(args, 0), platform);
            try (Store empty = Store.open(store.temp().next("rebuild"))) {
                BuildResult again = new Rebuild(args, session).build(store, empty);
                ComparedImage rebuilt =
                        new ComparedImage(
                                "built again",
                                empty,
                                new ImageDocuments(empty.blobs())
                                        .image(again.manifest().descriptor(), platform));
                return DiffCommand.compare(image, rebuilt, args, session.console());
            }
        }
    }

    private BuildResult build(Store store, Store empty) throws Exception {
        Console console = session.console();
        PlanRequest plan =
                BuildArguments.plan(
                        args,
                        BuildArguments.assignments(
                                Options.values(args, "--label"), "--label", console),
                        console);
        SolveOptions options =
                new SolveOptions(
                        false,
                        BuildCommand.epoch(plan.buildArgs(), console),
                        BuildArguments.layers(args),
                        () -> Registries.network(console));
        StandardInput.Context context =
                BuildCommand.context(Options.argument(args, 1), args, empty);
        BuildRequest request =
                new BuildRequest(context.path(), context.dockerfile(), List.of(), plan, options);
        Progress progress = new Progress(console.err(), Progress.Style.COMPACT);
        try {
            return session.imageBuilder(empty, bases(store, empty)).build(request, progress);
        } catch (Exception e) {
            progress.tellFailed();
            throw e;
        }
    }

    /// Base images from the store the first build had; pulled, if it has them no more.
    private StoreImages.Source bases(Store store, Store empty) {
        Registries registries = new Registries(session, empty, Options.isSet(args, "--plain-http"));
        return (reference, platform) -> {
            Optional<StoredImage> known = store.images().resolve(reference, platform);
            if (known.isPresent()) {
                lend(known.get(), reference, store, empty);
            } else {
                registries.pull(reference, platform);
            }
        };
    }

    /// Gives an image to the other store, which is on the same file system, without copying it.
    private static void lend(StoredImage image, ImageReference name, Store from, Store to)
            throws IOException {
        Descriptor manifest = image.manifest().descriptor();
        lend(manifest.digest(), from, to);
        lend(image.manifest().value().config().digest(), from, to);
        for (Descriptor layer : image.manifest().value().layers()) {
            lend(layer.digest(), from, to);
        }
        to.images().put(name, manifest);
    }

    private static void lend(Digest digest, Store from, Store to) throws IOException {
        Path blob = to.blobs().path(digest);
        if (!Files.exists(blob)) {
            Files.createDirectories(blob.resolveSibling(""));
            Files.createLink(blob, from.blobs().path(digest));
        }
    }
}
