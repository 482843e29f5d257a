package dev.jbuild.cli;

import dev.jbuild.signing.KeyFile;
import dev.jbuild.signing.Passphrase;
import dev.jbuild.signing.SigningKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class KeyCommand implements Command {
    @Override
    public CommandSpec spec() {
        return Options.spec(Options.argument(0, "generate", "make a new key pair, ECDSA P-256"))
                .addOption(
                        Options.value(
                                "PREFIX",
                                "write PREFIX.key and PREFIX.pub; else jbuild.key and jbuild.pub",
                                "--output-key-prefix"));
    }

    @Override
    public int run(ParseResult args, Session session) throws IOException, UsageException {
        String action = Options.argument(args, 0);
        if (!action.equals("generate")) {
            throw new UsageException("key " + action + ": the only action is 'generate'");
        }
        String prefix = args.matchedOptionValue("--output-key-prefix", "jbuild");
        Path secret = Path.of(prefix + ".key");
        Path open = Path.of(prefix + ".pub");
        for (Path file : new Path[] {secret, open}) {
            if (Files.exists(file)) {
                throw new FileAlreadyExistsException(
                        file.toString(),
                        null,
                        "a key is never overwritten; choose another --output-key-prefix");
            }
        }
        SigningKey key = SigningKey.generate();
        try (Passphrase passphrase = Passphrases.forNewKey(session.console())) {
            create(secret, KeyFile.encrypt(key, passphrase), "rw-------");
            create(open, key.verificationKey().toPem(), "rw-r--r--");
        }
        session.console().out().println("private key: " + secret + "\npublic key: " + open);
        return ExitCode.OK.code();
    }

    private static void create(Path file, byte[] content, String mode) throws IOException {
        try (var channel =
                Files.newByteChannel(
                        file,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString(mode)))) {
            channel.write(ByteBuffer.wrap(content));
        }
    }
}
