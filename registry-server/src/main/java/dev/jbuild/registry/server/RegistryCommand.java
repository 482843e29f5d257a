package dev.jbuild.registry.server;

import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.access.AccessConfig;
import dev.jbuild.registry.server.access.AccountCommand;
import dev.jbuild.registry.server.access.Accounts;
import dev.jbuild.registry.server.access.AuditLog;
import dev.jbuild.registry.server.admin.AdminCommand;
import dev.jbuild.registry.server.admin.ControlClient;
import dev.jbuild.registry.server.storage.Announcer;
import dev.jbuild.registry.server.storage.GarbagePolicy;
import dev.jbuild.registry.server.storage.RepositoryRules;
import dev.jbuild.registry.server.upkeep.GarbageCollector;
import dev.jbuild.registry.server.upkeep.ScrubPolicy;
import dev.jbuild.registry.server.upkeep.Stop;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// Runs `registry …`: by the server on that root, or, if there is none, in this process.
final class RegistryCommand {
    private RegistryCommand() {}

    /// @return the exit code
    static int run(RegistryArguments.Run run, Consumer<String> out)
            throws IOException, InterruptedException {
        if (run.command() instanceof AdminCommand.Reindex(Optional<RepositoryName> into)) {
            return new Reindexing(run.root()).run(into, out) ? 0 : 1;
        }
        if (run.command() instanceof AdminCommand.Restore(Path backup, boolean accounts)) {
            return new Restoring(backup, run.root(), accounts).run(out) ? 0 : 1;
        }
        boolean makesOne = run.command() instanceof AdminCommand.Import;
        if (!makesOne && !Files.exists(run.root().resolve(Root.INDEX))) {
            throw new ServerStartException(
                    "there is no registry in '"
                            + run.root()
                            + "'; give the --root of jbuild serve");
        }
        Root root;
        try {
            root =
                    Root.open(
                            run.root(),
                            run.config().map(ServerConfig::rules).orElse(RepositoryRules.NONE),
                            run.config()
                                    .map(config -> config.announcer(() -> {}))
                                    .orElse(Announcer.NONE));
        } catch (RootInUseException _) {
            return ControlClient.run(run.root(), run.words(), out);
        }
        Optional<AuditLog> audit = Optional.empty();
        try {
            audit = audit(run);
            return alone(run, root, audit, out);
        } finally {
            if (audit.isPresent()) {
                audit.get().close();
            }
            root.close(RegistryCommand::rethrow);
        }
    }

    private static int alone(
            RegistryArguments.Run run, Root root, Optional<AuditLog> audit, Consumer<String> out)
            throws IOException, InterruptedException {
        GarbagePolicy policy =
                run.config().map(ServerConfig::garbage).orElse(GarbagePolicy.DEFAULT);
        GarbageCollector garbage =
                new GarbageCollector(root.metadata(), root.content(), policy, new Recorded(audit));
        ScrubPolicy scrub = run.config().map(ServerConfig::scrub).orElse(ScrubPolicy.NEVER);
        return root.administrator(
                                policy,
                                garbage,
                                root.scrubber(scrub),
                                run.config().isPresent() ? run.config().get().sparse() : _ -> false,
                                new AtomicBoolean(),
                                new Stop())
                        .run(run.command(), out)
                ? 0
                : 1;
    }

    private static Optional<AuditLog> audit(RegistryArguments.Run run) throws IOException {
        Optional<Path> file =
                run.config().flatMap(ServerConfig::access).flatMap(AccessConfig::audit);
        return file.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new AuditLog(file.get(), InstantSource.system(), RegistryCommand::rethrow));
    }

    /// @return the exit code
    static int run(
            RegistryArguments.Account run,
            AccountCommand.PasswordSource passwords,
            Consumer<String> out)
            throws IOException {
        if (!Files.isDirectory(run.root())) {
            throw new ServerStartException(
                    "there is no '" + run.root() + "'; give the --root of jbuild serve");
        }
        if (!Files.exists(AccessConfig.of(run.root()).accounts()) && !run.command().adds()) {
            out.accept("there are no users and keys");
            return 1;
        }
        Optional<String> password = Optional.empty();
        if (run.command() instanceof AccountCommand.AddUser(String name)) {
            // asked for before there is a file whose being there controls access
            password =
                    Optional.of(
                            Accounts.requirePassword(
                                    passwords.password("Password of " + name + ": ")));
        }
        Optional<String> given = password;
        InstantSource clock = InstantSource.system();
        try (FileChannel lock =
                        FileChannel.open(
                                run.root().resolve("accounts.lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                FileLock _ = lock.lock();
                Libraries _ = Libraries.besideServer(run.root());
                Accounts accounts = new Accounts(AccessConfig.of(run.root()).accounts(), clock)) {
            return run.command().run(accounts, clock, given, out) ? 0 : 1;
        }
    }

    private static void rethrow(Exception failure) {
        throw new IllegalStateException(failure);
    }
}
