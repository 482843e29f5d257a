package dev.jbuild.registry.client.auth;

import static dev.jbuild.registry.client.Failures.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.RepositoryName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// docker's config.json and podman's auth.json.
class CredentialSourceTest {
    private static final Credentials.Password ALICE = new Credentials.Password("alice", "secret");

    @TempDir Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "reg.example:5000",
                "https://reg.example:5000",
                "https://reg.example:5000/",
                "https://reg.example:5000/v1/",
                "https://reg.example:5000/v2/",
                "http://reg.example:5000"
            })
    void key_may_be_a_url(String key) throws Exception {
        write("{\"auths\":{\"" + key + "\":{\"auth\":\"" + base64("alice:secret") + "\"}}}");
        assertEquals(Optional.of(ALICE), find("reg.example:5000"));
    }

    @Test
    void docker_hub_is_found_under_its_old_key() throws Exception {
        write(
                "{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\""
                        + base64("alice:secret")
                        + "\"}}}");
        assertEquals(Optional.of(ALICE), find("docker.io"));
    }

    @Test
    void password_may_have_colons() throws Exception {
        write("{\"auths\":{\"r.example\":{\"auth\":\"" + base64("a:b:c") + "\"}}}");
        assertEquals(Optional.of(new Credentials.Password("a", "b:c")), find("r.example"));
    }

    @Test
    void user_and_password_may_stand_alone() throws Exception {
        write("{\"auths\":{\"r.example\":{\"username\":\"alice\",\"password\":\"secret\"}}}");
        assertEquals(Optional.of(ALICE), find("r.example"));
    }

    @Test
    void identity_token_goes_before_the_password() throws Exception {
        write(
                "{\"auths\":{\"r.example\":{\"auth\":\""
                        + base64("alice:x")
                        + "\",\"identitytoken\":\"t\"}}}");
        assertEquals(Optional.of(new Credentials.IdentityToken("alice", "t")), find("r.example"));
    }

    @Test
    void registry_token_is_read() throws Exception {
        write("{\"auths\":{\"r.example\":{\"registrytoken\":\"t\"}}}");
        assertEquals(Optional.of(new Credentials.RegistryToken("t")), find("r.example"));
    }

    @Test
    void other_registry_gets_nothing() throws Exception {
        write("{\"auths\":{\"r.example\":{\"auth\":\"" + base64("alice:secret") + "\"}}}");
        assertEquals(Optional.empty(), find("r.example:5000"));
        assertEquals(Optional.empty(), find("sub.r.example"));
    }

    @Test
    void missing_or_empty_file_knows_nobody() throws Exception {
        assertEquals(Optional.empty(), find("r.example"));
        write("");
        assertEquals(Optional.empty(), find("r.example"));
    }

    @Test
    void broken_file_is_told_with_its_name() throws Exception {
        write("{\"auths\":");
        CredentialException e = assertThrows(CredentialException.class, () -> find("r.example"));
        assertTrue(
                message(e).startsWith("credentials file '" + file() + "': invalid JSON"),
                message(e));
    }

    @Test
    void broken_auth_is_told_without_what_is_in_it() throws Exception {
        write("{\"auths\":{\"r.example\":{\"auth\":\"" + base64("hush") + "\"}}}");
        CredentialException e = assertThrows(CredentialException.class, () -> find("r.example"));
        assertEquals(
                "credentials file '"
                        + file()
                        + "': the 'auth' of 'r.example' is not base64 of user:password; run 'jbuild login' again",
                message(e));
    }

    @Test
    void namespace_goes_before_the_registry_in_auth_json() throws Exception {
        write(
                "{\"auths\":{\"r.example\":{\"auth\":\""
                        + base64("all:x")
                        + "\"},\"r.example/team\":{\"auth\":\""
                        + base64("team:x")
                        + "\"}}}");
        CredentialSource source = new CredentialSource.ContainersAuth(file());
        assertEquals(
                Optional.of(new Credentials.Password("team", "x")),
                source.find("r.example", Optional.of(new RepositoryName("team/app"))));
        assertEquals(
                Optional.of(new Credentials.Password("all", "x")),
                source.find("r.example", Optional.of(new RepositoryName("other/app"))));
    }

    @Test
    void login_is_found_again_and_readable_by_its_owner_only() throws Exception {
        config().store("r.example", ALICE);
        assertEquals(Optional.of(ALICE), find("r.example"));
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
    }

    @Test
    void login_is_written_as_docker_does() throws Exception {
        config().store("r.example", ALICE);
        assertEquals(
                "{\"auths\":{\"r.example\":{\"auth\":\"YWxpY2U6c2VjcmV0\"}}}",
                Files.readString(file()).replaceAll("\\s", ""));
    }

    @Test
    void login_keeps_what_else_is_in_the_file() throws Exception {
        write("{\"auths\":{\"other\":{\"auth\":\"eDp5\"}},\"detachKeys\":\"ctrl-e\"}");
        config().store("r.example", ALICE);
        String text = Files.readString(file());
        assertTrue(text.contains("\"detachKeys\" : \"ctrl-e\""), text);
        assertTrue(find("other").isPresent());
    }

    @Test
    void login_replaces_the_entry_under_any_key() throws Exception {
        write("{\"auths\":{\"https://r.example/v1/\":{\"auth\":\"eDp5\"}}}");
        config().store("r.example", ALICE);
        assertEquals(Optional.of(ALICE), find("r.example"));
        assertFalse(Files.readString(file()).contains("v1"));
    }

    @Test
    void login_writes_through_a_symbolic_link() throws Exception {
        Path real = directory.resolve("real.json");
        Files.writeString(real, "{}");
        Files.createSymbolicLink(file(), real);
        config().store("r.example", ALICE);
        assertTrue(Files.isSymbolicLink(file()));
        assertTrue(Files.readString(real).contains("r.example"));
    }

    @Test
    void logout_forgets_one_registry() throws Exception {
        config().store("r.example", ALICE);
        config().store("other", ALICE);
        assertTrue(config().erase("r.example"));
        assertFalse(config().erase("r.example"));
        assertEquals(Optional.empty(), find("r.example"));
        assertEquals(Optional.of(ALICE), find("other"));
    }

    @Test
    void helper_that_is_missing_is_told_by_its_name() throws Exception {
        write("{\"credsStore\":\"no-such-helper\"}");
        CredentialException e = assertThrows(CredentialException.class, () -> find("r.example"));
        assertEquals(
                "the credential helper 'docker-credential-no-such-helper' can't be run: install it, or remove it from 'credsStore' and 'credHelpers' of docker's config.json",
                message(e));
    }

    @Test
    void name_of_a_helper_is_no_path() throws Exception {
        write("{\"credsStore\":\"../../evil\"}");
        assertThrows(CredentialException.class, () -> find("r.example"));
    }

    @Test
    void usual_places_are_asked_in_order() throws Exception {
        Path home = directory.resolve("home");
        Files.createDirectories(home.resolve(".docker"));
        Files.createDirectories(home.resolve(".config/containers"));
        auth(home.resolve(".docker/config.json"), "docker");
        auth(home.resolve(".config/containers/auth.json"), "podman");
        Path explicit = directory.resolve("explicit.json");
        auth(explicit, "explicit");
        assertEquals("docker", user(Map.of(), home));
        assertEquals("explicit", user(Map.of("REGISTRY_AUTH_FILE", explicit.toString()), home));
        Files.delete(home.resolve(".docker/config.json"));
        assertEquals("podman", user(Map.of(), home));
    }

    @Test
    void secrets_do_not_show_themselves() {
        assertEquals("password of alice", ALICE.toString());
        assertEquals("identity token", new Credentials.IdentityToken("a", "hush").toString());
        assertEquals("registry token", new Credentials.RegistryToken("hush").toString());
    }

    private static String user(Map<String, String> environment, Path home) throws Exception {
        Credentials found =
                CredentialSource.standard(environment, home)
                        .find("r.example", Optional.empty())
                        .orElseThrow();
        return ((Credentials.Password) found).user();
    }

    private static void auth(Path file, String user) throws IOException {
        Files.writeString(
                file, "{\"auths\":{\"r.example\":{\"auth\":\"" + base64(user + ":x") + "\"}}}");
    }

    private CredentialSource.DockerConfig config() {
        return new CredentialSource.DockerConfig(file());
    }

    private Optional<Credentials> find(String registry) throws IOException, InterruptedException {
        return config().find(registry, Optional.empty());
    }

    private Path file() {
        return directory.resolve("config.json");
    }

    private void write(String json) throws IOException {
        Files.writeString(file(), json);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
