package dev.jbuild.registry.client.auth;

import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.JsonMembers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/// A program that keeps credentials: `docker-credential-<name>`, which is asked over its standard
/// input and output (docker-credential-helpers).
///
/// @param program its name or path
record CredentialHelper(String program) {
    private static final String NOT_FOUND = "credentials not found in native keychain";
    private static final String TOKEN_USER = "<token>";
    private static final int MOST_OUTPUT = 1 << 20;
    private static final long SECONDS = 60;

    /// The helper of that name in docker's configuration.
    static CredentialHelper named(String name) throws CredentialException {
        if (!name.matches("[A-Za-z0-9._-]+")) {
            throw new CredentialException(
                    "invalid name of a credential helper '"
                            + name
                            + "': it is a part of a program's name");
        }
        return new CredentialHelper("docker-credential-" + name);
    }

    /// The credentials for a server, or empty if the helper has none.
    Optional<Credentials> get(String server) throws IOException, InterruptedException {
        Result result = run("get", server);
        if (result.status() != 0 && result.output().strip().equals(NOT_FOUND)) {
            return Optional.empty();
        }
        expectSuccess("get", server, result);
        try {
            JsonMembers answer =
                    JsonMembers.parse(
                            "answer of " + program,
                            result.output().getBytes(StandardCharsets.UTF_8));
            String user = answer.text("Username").orElse("");
            String secret = answer.text("Secret").orElse("");
            return Optional.of(
                    user.equals(TOKEN_USER)
                            ? new Credentials.IdentityToken("", secret)
                            : new Credentials.Password(user, secret));
        } catch (InvalidJsonException e) {
            // Neither the answer nor the parser's message, which quotes it, may be shown.
            throw new CredentialException(
                    program
                            + " gave an answer for '"
                            + server
                            + "' that is no JSON of credentials");
        }
    }

    void store(String server, Credentials.Password credentials)
            throws IOException, InterruptedException {
        Json request =
                Json.object()
                        .put("ServerURL", server)
                        .put("Username", credentials.user())
                        .put("Secret", credentials.password())
                        .build();
        expectSuccess(
                "store",
                server,
                run("store", new String(request.encode(), StandardCharsets.UTF_8)));
    }

    void erase(String server) throws IOException, InterruptedException {
        expectSuccess("erase", server, run("erase", server));
    }

    private void expectSuccess(String verb, String server, Result result)
            throws CredentialException {
        if (result.status() != 0) {
            throw new CredentialException(
                    program
                            + " "
                            + verb
                            + " ended with "
                            + result.status()
                            + " for '"
                            + server
                            + "'; run it by hand to see why");
        }
    }

    private Result run(String verb, String input) throws IOException, InterruptedException {
        Process process;
        try {
            process =
                    new ProcessBuilder(program, verb)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
        } catch (IOException e) {
            throw new CredentialException(
                    "the credential helper '"
                            + program
                            + "' can't be run: install it, or remove it from 'credsStore' and 'credHelpers' of docker's config.json",
                    e);
        }
        try {
            FutureTask<String> output = new FutureTask<>(() -> read(process.getInputStream()));
            Thread.ofVirtual().start(output);
            feed(process, input);
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                throw new CredentialException(
                        program + " " + verb + " did not answer within " + SECONDS + " seconds");
            }
            return new Result(process.exitValue(), output.get());
        } catch (ExecutionException e) {
            throw new CredentialException(program + " " + verb + ": its answer can't be read");
        } finally {
            process.destroyForcibly();
        }
    }

    /// A helper may end without reading its input; its status tells whether that was right.
    private static void feed(Process process, String input) {
        try (var stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            return;
        }
    }

    private static String read(InputStream in) throws IOException {
        return new String(in.readNBytes(MOST_OUTPUT), StandardCharsets.UTF_8);
    }

    private record Result(int status, String output) {}
}
