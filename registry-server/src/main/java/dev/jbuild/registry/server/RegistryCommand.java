package dev.jbuild.registry.server;

import dev.jbuild.registry.server.admin.Administrator;
import dev.jbuild.registry.server.admin.ControlClient;
import dev.jbuild.registry.server.storage.GarbagePolicy;
import dev.jbuild.registry.server.upkeep.GarbageCollector;
import dev.jbuild.registry.server.upkeep.Stop;
import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// Runs `registry …`: by the server on that root, or, if there is none, in this process.
final class RegistryCommand {
    private RegistryCommand() {}

    /// @return the exit code
    static int run(RegistryArguments.Run run, Consumer<String> out)
            throws IOException, InterruptedException {
        if (!Files.exists(run.root().resolve("metadata.db"))) {
            throw new ServerStartException(
                    "there is no registry in '"
                            + run.root()
                            + "'; give the --root of jbuild serve");
        }
        Root root;
        try {
            root = Root.open(run.root());
        } catch (RootInUseException _) {
            return ControlClient.run(run.root(), run.words(), out);
        }
        try {
            GarbagePolicy policy = GarbagePolicy.DEFAULT;
            Administrator administrator =
                    new Administrator(
                            root.metadata(),
                            policy,
                            new GarbageCollector(root.metadata(), root.content(), policy),
                            new AtomicBoolean(),
                            new Stop());
            return administrator.run(run.command(), out) ? 0 : 1;
        } finally {
            root.close(RegistryCommand::rethrow);
        }
    }

    private static void rethrow(Exception failure) {
        throw new IllegalStateException(failure);
    }
}
