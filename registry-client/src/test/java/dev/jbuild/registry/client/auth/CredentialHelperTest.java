package dev.jbuild.registry.client.auth;

import static dev.jbuild.registry.client.Failures.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// docker-credential-helpers, "Development": get, store and erase over standard input and output.
class CredentialHelperTest {
    @TempDir Path directory;

    @Test
    void password_is_read_from_the_answer() throws Exception {
        CredentialHelper helper =
                helper(
                        "[ \"$1 $(cat)\" = 'get r.example' ] && echo '{\"ServerURL\":\"r.example\",\"Username\":\"alice\",\"Secret\":\"x\"}'");
        assertEquals(Optional.of(new Credentials.Password("alice", "x")), helper.get("r.example"));
    }

    @Test
    void user_token_means_an_identity_token() throws Exception {
        CredentialHelper helper =
                helper("echo '{\"ServerURL\":\"\",\"Username\":\"<token>\",\"Secret\":\"t\"}'");
        assertEquals(Optional.of(new Credentials.IdentityToken("", "t")), helper.get("r.example"));
    }

    @Test
    void not_found_means_anonymous() throws Exception {
        CredentialHelper helper = helper("echo 'credentials not found in native keychain'; exit 1");
        assertEquals(Optional.empty(), helper.get("r.example"));
    }

    @Test
    void failure_is_told_without_the_output() throws Exception {
        CredentialHelper helper = helper("echo hush; exit 3");
        CredentialException e =
                assertThrows(CredentialException.class, () -> helper.get("r.example"));
        assertEquals(
                helper.program() + " get ended with 3 for 'r.example'; run it by hand to see why",
                message(e));
    }

    @Test
    void nonsense_is_told_without_the_output() throws Exception {
        CredentialHelper helper = helper("echo hush");
        CredentialException e =
                assertThrows(CredentialException.class, () -> helper.get("r.example"));
        assertFalse(message(e).contains("hush"));
        assertEquals(null, e.getCause());
    }

    @Test
    void credentials_are_stored_over_standard_input() throws Exception {
        CredentialHelper helper = helper("cat > \"$0.$1\"");
        helper.store("r.example", new Credentials.Password("alice", "x"));
        assertEquals(
                "{\"ServerURL\":\"r.example\",\"Username\":\"alice\",\"Secret\":\"x\"}",
                Files.readString(Path.of(helper.program() + ".store")));
    }

    @Test
    void helper_that_reads_nothing_is_no_problem() throws Exception {
        CredentialHelper helper = helper("exit 0");
        helper.erase("r.example");
    }

    private CredentialHelper helper(String script) throws IOException {
        Path program = directory.resolve("docker-credential-test");
        Files.writeString(program, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return new CredentialHelper(program.toString());
    }
}
