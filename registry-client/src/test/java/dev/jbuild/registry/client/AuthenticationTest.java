package dev.jbuild.registry.client;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.status;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static dev.jbuild.registry.client.Failures.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.client.auth.CredentialSource;
import dev.jbuild.registry.client.auth.Credentials;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// distribution, "Token Authentication Specification" and "OAuth2 token authentication".
class AuthenticationTest {
    private static final RepositoryName APP = new RepositoryName("app");
    private static final String TAGS = "/v2/app/tags/list";
    private static final String SECRET = "pa55-w0rd-hush";

    private WireMockServer server;

    @BeforeEach
    void start() {
        server = new WireMockServer(wireMockConfig().dynamicPort().bindAddress("127.0.0.1"));
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop();
    }

    @Test
    void password_is_sent_where_basic_is_asked_for() throws Exception {
        server.stubFor(any(anyUrl()).atPriority(10).willReturn(basicChallenge()));
        server.stubFor(get(TAGS).withBasicAuth("alice", SECRET).willReturn(tags()));
        assertEquals(List.of(new Tag("v1")), client(alice()).tags(APP));
    }

    @Test
    void nothing_is_sent_where_nothing_is_asked_for() throws Exception {
        server.stubFor(get("/v2/").willReturn(ok()));
        server.stubFor(get(TAGS).withHeader("Authorization", absent()).willReturn(tags()));
        assertEquals(List.of(new Tag("v1")), client(alice()).tags(APP));
    }

    @Test
    void wrong_password_is_tried_once_and_the_remedy_told() {
        server.stubFor(any(anyUrl()).willReturn(basicChallenge()));
        RegistryException e =
                assertThrows(RegistryException.class, () -> client(alice()).tags(APP));
        assertEquals(
                "GET http://"
                        + registry()
                        + TAGS
                        + ": 401: not logged in, or the credentials are wrong; log in with 'jbuild login "
                        + registry()
                        + "'",
                message(e));
        assertTrue(e.isUnauthorized());
        assertEquals(1, server.findAll(getRequestedFor(urlPathEqualTo(TAGS))).size());
    }

    @Test
    void token_is_fetched_with_service_scope_and_password() throws Exception {
        bearer();
        server.stubFor(
                get(urlPathEqualTo("/token"))
                        .withBasicAuth("alice", SECRET)
                        .withQueryParam("service", equalTo("reg"))
                        .withQueryParam("scope", equalTo("repository:app:pull"))
                        .willReturn(okJson("{\"token\":\"t1\"}")));
        server.stubFor(
                get(TAGS).withHeader("Authorization", equalTo("Bearer t1")).willReturn(tags()));
        assertEquals(List.of(new Tag("v1")), client(alice()).tags(APP));
    }

    @Test
    void anonymous_gets_a_token_too() throws Exception {
        bearer();
        server.stubFor(
                get(urlPathEqualTo("/token"))
                        .withHeader("Authorization", absent())
                        .willReturn(okJson("{\"access_token\":\"t1\",\"expires_in\":300}")));
        server.stubFor(
                get(TAGS).withHeader("Authorization", equalTo("Bearer t1")).willReturn(tags()));
        assertEquals(List.of(new Tag("v1")), client(new CredentialSource.Anonymous()).tags(APP));
    }

    @Test
    void requests_side_by_side_share_one_token() throws Exception {
        bearer();
        server.stubFor(
                get(urlPathEqualTo("/token"))
                        .willReturn(okJson("{\"token\":\"t1\"}").withFixedDelay(100)));
        server.stubFor(
                get(TAGS).withHeader("Authorization", equalTo("Bearer t1")).willReturn(tags()));
        RegistryClient client = client(alice());
        List<Parallel.Task> tasks =
                IntStream.range(0, 8)
                        .mapToObj(_ -> (Parallel.Task) () -> client.tags(APP))
                        .toList();
        new Parallel(8).run(tasks);
        assertEquals(1, server.findAll(getRequestedFor(urlPathEqualTo("/token"))).size());
        assertEquals(1, server.findAll(getRequestedFor(urlPathEqualTo("/v2/"))).size());
    }

    @Test
    void refused_token_is_fetched_anew_once_and_no_more() {
        bearer();
        server.stubFor(
                get(urlPathEqualTo("/token"))
                        .willReturn(
                                okJson("{\"token\":\"{{randomValue length=8}}\"}")
                                        .withTransformers("response-template")));
        server.stubFor(get(TAGS).willReturn(bearerChallenge("repository:app:pull")));
        RegistryException e =
                assertThrows(RegistryException.class, () -> client(alice()).tags(APP));
        assertEquals(401, e.status().orElseThrow());
        assertTrue(server.findAll(getRequestedFor(urlPathEqualTo(TAGS))).size() <= 2);
    }

    @Test
    void scope_that_the_registry_misses_is_asked_for() throws Exception {
        bearer();
        server.stubFor(
                get(urlPathEqualTo("/token"))
                        .atPriority(10)
                        .willReturn(okJson("{\"token\":\"narrow\"}")));
        server.stubFor(
                get(urlPathEqualTo("/token"))
                        .withQueryParam("scope", equalTo("registry:catalog:*"))
                        .willReturn(okJson("{\"token\":\"wide\"}")));
        server.stubFor(get(TAGS).atPriority(10).willReturn(bearerChallenge("registry:catalog:*")));
        server.stubFor(
                get(TAGS).withHeader("Authorization", equalTo("Bearer wide")).willReturn(tags()));
        assertEquals(List.of(new Tag("v1")), client(alice()).tags(APP));
    }

    @Test
    void identity_token_is_posted() throws Exception {
        bearer();
        server.stubFor(
                post("/token").willReturn(okJson("{\"access_token\":\"t1\",\"expires_in\":60}")));
        server.stubFor(
                get(TAGS).withHeader("Authorization", equalTo("Bearer t1")).willReturn(tags()));
        client(source(new Credentials.IdentityToken("", "refresh"))).tags(APP);
        LoggedRequest request = server.findAll(postRequestedFor(anyUrl())).getFirst();
        assertEquals(
                "grant_type=refresh_token&refresh_token=refresh&client_id=jbuild&service=reg&scope=repository%3Aapp%3Apull",
                request.getBodyAsString());
        assertEquals("application/x-www-form-urlencoded", request.getHeader("Content-Type"));
    }

    @Test
    void identity_token_goes_by_get_where_post_is_unknown() throws Exception {
        bearer();
        server.stubFor(post("/token").willReturn(status(405)));
        server.stubFor(
                get(urlPathEqualTo("/token"))
                        .withBasicAuth("alice", "refresh")
                        .willReturn(okJson("{\"token\":\"t1\"}")));
        server.stubFor(
                get(TAGS).withHeader("Authorization", equalTo("Bearer t1")).willReturn(tags()));
        assertEquals(
                List.of(new Tag("v1")),
                client(source(new Credentials.IdentityToken("alice", "refresh"))).tags(APP));
    }

    @Test
    void token_endpoint_that_refuses_is_told_with_the_remedy() {
        bearer();
        server.stubFor(get(urlPathEqualTo("/token")).willReturn(status(401)));
        RegistryException e =
                assertThrows(RegistryException.class, () -> client(alice()).tags(APP));
        assertTrue(e.isUnauthorized());
        assertTrue(message(e).contains("the token endpoint answered 401"), message(e));
        assertTrue(
                message(e).endsWith("; log in with 'jbuild login " + registry() + "'"), message(e));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "hush-token",
                "{\"token\":7}",
                "{\"token\":\"a b\"}",
                "{\"x\":\"hush-token\"}"
            })
    void nonsense_of_the_token_endpoint_is_told_without_it(String body) {
        bearer();
        server.stubFor(get(urlPathEqualTo("/token")).willReturn(ok(body)));
        RegistryException e =
                assertThrows(RegistryException.class, () -> client(alice()).tags(APP));
        assertTrue(message(e).contains("the token endpoint's answer "), message(e));
        assertFalse(everything(e).contains("hush"));
    }

    @Test
    void oversized_token_is_refused() {
        bearer();
        server.stubFor(
                get(urlPathEqualTo("/token"))
                        .willReturn(okJson("{\"token\":\"" + "x".repeat(70_000) + "\"}")));
        RegistryException e =
                assertThrows(RegistryException.class, () -> client(alice()).tags(APP));
        assertTrue(message(e).contains("at most 64 KiB"), message(e));
    }

    @Test
    void token_endpoint_is_not_followed_elsewhere_with_the_password() {
        WireMockServer other =
                new WireMockServer(wireMockConfig().dynamicPort().bindAddress("127.0.0.1"));
        other.start();
        try {
            bearer();
            server.stubFor(
                    get(urlPathEqualTo("/token"))
                            .willReturn(
                                    aResponse()
                                            .withStatus(302)
                                            .withHeader("Location", other.baseUrl() + "/steal")));
            assertThrows(RegistryException.class, () -> client(alice()).tags(APP));
            assertTrue(
                    other.findAll(getRequestedFor(anyUrl())).stream()
                            .noneMatch(request -> request.containsHeader("Authorization")));
        } finally {
            other.stop();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Bearer", "Negotiate", "Bearer scope=\"x\"", "\"\"\""})
    void nonsense_challenge_is_a_plain_401(String challenge) {
        server.stubFor(
                any(anyUrl()).willReturn(status(401).withHeader("WWW-Authenticate", challenge)));
        RegistryException e =
                assertThrows(RegistryException.class, () -> client(alice()).tags(APP));
        assertEquals(401, e.status().orElseThrow());
    }

    @Test
    void secrets_that_the_registry_echoes_are_not_told() {
        String basic =
                Base64.getEncoder()
                        .encodeToString(("alice:" + SECRET).getBytes(StandardCharsets.UTF_8));
        server.stubFor(get("/v2/").willReturn(basicChallenge()));
        server.stubFor(
                get(TAGS)
                        .willReturn(
                                status(400)
                                        .withBody(
                                                "{\"errors\":[{\"code\":\"UNKNOWN\",\"message\":\"bad "
                                                        + SECRET
                                                        + " in "
                                                        + basic
                                                        + "\",\"detail\":\""
                                                        + SECRET
                                                        + "\"}]}")));
        RegistryException e =
                assertThrows(RegistryException.class, () -> client(alice()).tags(APP));
        assertTrue(message(e).contains("bad [secret] in [secret]"), message(e));
        assertFalse(everything(e).contains(SECRET));
        assertFalse(everything(e).contains(basic));
        assertFalse(String.valueOf(e.errors()).contains(SECRET));
    }

    @Test
    void login_is_checked() throws Exception {
        server.stubFor(get("/v2/").atPriority(10).willReturn(basicChallenge()));
        server.stubFor(get("/v2/").withBasicAuth("alice", SECRET).willReturn(ok()));
        client(alice()).checkLogin();
        RegistryException e =
                assertThrows(
                        RegistryException.class,
                        () ->
                                client(source(new Credentials.Password("alice", "wrong")))
                                        .checkLogin());
        assertTrue(e.isUnauthorized());
    }

    private void bearer() {
        server.stubFor(get("/v2/").willReturn(bearerChallenge("")));
    }

    private ResponseDefinitionBuilder bearerChallenge(String scope) {
        return status(401)
                .withHeader(
                        "WWW-Authenticate",
                        "Bearer realm=\"http://"
                                + registry()
                                + "/token\",service=\"reg\""
                                + (scope.isEmpty() ? "" : ",scope=\"" + scope + "\""));
    }

    private static ResponseDefinitionBuilder basicChallenge() {
        return status(401).withHeader("WWW-Authenticate", "Basic realm=\"x\"");
    }

    private static ResponseDefinitionBuilder tags() {
        return okJson("{\"name\":\"app\",\"tags\":[\"v1\"]}");
    }

    private CredentialSource alice() {
        return source(new Credentials.Password("alice", SECRET));
    }

    private CredentialSource source(Credentials credentials) {
        return new CredentialSource.Fixed(registry(), credentials);
    }

    private RegistryClient client(CredentialSource credentials) {
        return new RegistryClient(
                registry(),
                RegistryOptions.standard()
                        .with(credentials)
                        .withRetries(3, Duration.ofMillis(1), Duration.ofSeconds(5)));
    }

    private String registry() {
        return "127.0.0.1:" + server.port();
    }

    /// The messages of an exception, its causes and all that was suppressed.
    private static String everything(Throwable e) {
        StringWriter text = new StringWriter();
        e.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
