package dev.jbuild.registry.server.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.oci.ErrorCode;
import dev.jbuild.oci.InvalidReferenceException;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.http.Exchange;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Peer;
import dev.jbuild.registry.server.http.Query;
import dev.jbuild.registry.server.http.Request;
import dev.jbuild.registry.server.http.Response;
import dev.jbuild.registry.server.protocol.DistributionException;
import dev.jbuild.registry.server.protocol.Route;
import dev.jbuild.registry.server.protocol.Router;
import dev.jbuild.registry.server.reload.Reloaded;
import dev.jbuild.registry.server.storage.Actor;
import dev.jbuild.registry.server.yaml.YamlException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Lets through what is allowed to who asks, and gives tokens. Nothing in its answers tells whether
/// something exists that who asks may not see. Safe for use by several threads.
public final class AccessControl implements Exchange, AutoCloseable {
    private static final String TOKEN_PATH = "/token";
    private static final String KEYS_PATH = "/.well-known/jwks.json";
    private static final String FIGURES_PATH = "/metrics";
    private static final String UPLOADS = "/blobs/uploads/";
    private static final String OWNER = "owner";
    private static final Set<String> MOUNTING = Set.of("mount", "from");

    private final AccessConfig config;
    private final String pathPrefix;
    private final Exchange inner;
    private final Consumer<Exception> failures;
    private final Accounts accounts;
    private final TokenKey key;
    private final Authenticator authenticator;
    private final RuleFiles rules;
    private final TokenEndpoint tokens;
    private final Proxies proxies;
    private final Optional<RateLimit> rate;
    private final Optional<AuditLog> audit;

    private AccessControl(
            AccessConfig config,
            String pathPrefix,
            Exchange inner,
            Accounts accounts,
            RuleFiles rules,
            InstantSource clock,
            Consumer<Exception> failures)
            throws IOException {
        this.config = config;
        this.pathPrefix = pathPrefix;
        this.inner = inner;
        this.accounts = accounts;
        this.rules = rules;
        this.failures = failures;
        this.key = TokenKey.open(config.directory().resolve("token.key"));
        Tokens issuer = new Tokens(key, config.service(), config.tokenLife(), clock);
        this.authenticator =
                new Authenticator(
                        rules,
                        accounts,
                        new Passwords(clock),
                        issuer,
                        new WorkloadTokens(clock),
                        clock);
        this.tokens =
                new TokenEndpoint(authenticator, rules, accounts, issuer, config.service(), clock);
        this.proxies = new Proxies(config.proxies());
        this.rate =
                config.requestsPerSecond().isPresent()
                        ? Optional.of(
                                new RateLimit(config.requestsPerSecond().getAsDouble(), clock))
                        : Optional.empty();
        this.audit =
                config.audit().isPresent()
                        ? Optional.of(new AuditLog(config.audit().get(), clock, failures))
                        : Optional.empty();
    }

    /// @param pathPrefix taken from requests before they come here, such as `/registry`, or empty
    /// @param inner answers what is allowed
    /// @param failures told of what is the server's or its files' fault
    /// @throws YamlException if policy or users are not as they have to be
    public static AccessControl open(
            AccessConfig config,
            String pathPrefix,
            Exchange inner,
            InstantSource clock,
            Consumer<Exception> failures)
            throws IOException, YamlException {
        RuleFiles rules = new RuleFiles(config, failures);
        try {
            return open(config, pathPrefix, inner, rules, clock, failures);
        } catch (IOException | RuntimeException e) {
            rules.close();
            throw e;
        }
    }

    private static AccessControl open(
            AccessConfig config,
            String pathPrefix,
            Exchange inner,
            RuleFiles rules,
            InstantSource clock,
            Consumer<Exception> failures)
            throws IOException {
        Accounts accounts = new Accounts(config.accounts(), clock);
        try {
            return new AccessControl(config, pathPrefix, inner, accounts, rules, clock, failures);
        } catch (IOException | RuntimeException e) {
            accounts.close();
            throw e;
        }
    }

    /// Where it records who did what, if anywhere; closed by this.
    public Optional<AuditLog> audit() {
        return audit;
    }

    @Override
    public void close() throws IOException {
        rules.close();
        try {
            if (audit.isPresent()) {
                audit.get().close();
            }
        } finally {
            accounts.close();
        }
    }

    @Override
    public Optional<Response> immediately(Request request) throws InterruptedException {
        if (config.auditReads() || !request.path().startsWith("/v2/")) {
            return Optional.empty();
        }
        Peer peer = proxies.client(request);
        Optional<Grant> grant = authenticator.atOnce(request, peer);
        if (grant.isEmpty()) {
            return Optional.empty();
        }
        try {
            Route route = Router.route(request.method(), request.path());
            Need need = Need.of(route, request.query());
            if (need.action() != Action.PULL
                    || need.repository().isEmpty()
                    || denied(route, need, grant.get(), request, peer).isPresent()) {
                return Optional.empty();
            }
            Optional<Response> answer = inner.immediately(request);
            return answer.isPresent()
                    ? limited(grant.get().principal(), peer)
                            .map(AccessControl::marked)
                            .or(() -> answer)
                    : answer;
        } catch (DistributionException _) {
            return Optional.empty(); // told by the one who answers
        }
    }

    @Override
    public Response respond(Request request) throws InterruptedException {
        Peer peer = proxies.client(request);
        try {
            return switch (request.path()) {
                case TOKEN_PATH -> marked(token(request, peer));
                case KEYS_PATH -> keys(request);
                case FIGURES_PATH -> figures(request, peer);
                case "/healthz", "/readyz" -> inner.respond(request);
                // whatever it is written like: what is an endpoint is for the router to say
                default -> registry(request, peer);
            };
        } catch (IOException | RuntimeException e) {
            failures.accept(e);
            return marked(
                    error(
                            ErrorCode.UNAVAILABLE,
                            "who asks can't be found out at present",
                            Headers.NONE));
        }
    }

    private Response token(Request request, Peer peer) throws IOException, InterruptedException {
        String address = peer.address().getHostAddress();
        Optional<Response> limited = limited("address " + peer.network());
        if (limited.isPresent()) {
            return limited.get();
        }
        try {
            TokenEndpoint.Answer answer =
                    switch (request.method()) {
                        case "GET" -> tokens.get(request, peer);
                        case "POST" -> tokens.post(request, peer);
                        default ->
                                new TokenEndpoint.Answer(
                                        Principal.ANONYMOUS,
                                        error(
                                                ErrorCode.UNSUPPORTED,
                                                "tokens are had by GET or POST",
                                                Headers.of("Allow", "GET, POST")));
                    };
            if (!answer.principal().isAnonymous()) {
                record("token", "", answer.principal(), address, answer.response().status());
            }
            return answer.response();
        } catch (RefusedException e) {
            return refused(e, new Need(Optional.empty(), Action.PULL, "token", ""), request, peer);
        }
    }

    /// For admins.
    private Response figures(Request request, Peer peer) throws IOException, InterruptedException {
        Need need = new Need(Optional.empty(), Action.PULL, "metrics", "");
        try {
            Grant grant = authenticator.of(request, peer);
            Principal principal = grant.principal();
            if (grant.scopes().isPresent() && !principal.isAnonymous()) {
                return error(
                        ErrorCode.DENIED,
                        "a token is for repositories alone; show a key or a password",
                        Headers.NONE);
            }
            if (rules.policy().isAdmin(principal) && principal.limits().isEmpty()) {
                return inner.respond(request);
            }
            return principal.isAnonymous()
                    ? unauthorized(need, Optional.empty(), request, peer)
                    : error(ErrorCode.DENIED, "the figures are for admins", Headers.NONE);
        } catch (RefusedException e) {
            return refused(e, need, request, peer);
        }
    }

    private Response registry(Request request, Peer peer) throws IOException, InterruptedException {
        Route route;
        try {
            route = Router.route(request.method(), request.path());
        } catch (DistributionException _) {
            return inner.respond(request); // refuses it with the same words
        }
        Need need = Need.of(route, request.query());
        Grant grant;
        try {
            grant = authenticator.of(request, peer);
        } catch (RefusedException e) {
            return marked(refused(e, need, request, peer));
        }
        Principal principal = grant.principal();
        String address = peer.address().getHostAddress();
        Optional<Response> limited = limited(principal, peer);
        if (limited.isPresent()) {
            return marked(limited.get());
        }
        Optional<Response> denied = denied(route, need, grant, request, peer);
        if (denied.isPresent()) {
            if (denied.get().status() == ErrorCode.DENIED.status()) {
                record(need.name(), need.subject(), principal, address, denied.get().status());
            }
            return marked(denied.get());
        }
        Policy policy = rules.policy();
        Request allowed =
                mountable(route, grant, request)
                        .visibleTo(name -> policy.allows(principal, name, Action.PULL));
        Response response =
                owned(
                        route,
                        principal,
                        Actor.as(principal.toString(), () -> inner.respond(allowed)));
        if (need.action() != Action.PULL || config.auditReads()) {
            record(need.name(), need.subject(), principal, address, response.status());
        }
        return response;
    }

    private Optional<Response> denied(
            Route route, Need need, Grant grant, Request request, Peer peer) {
        Principal principal = grant.principal();
        if (route instanceof Route.Catalog && !grant.coversCatalog()) {
            return Optional.of(
                    unauthorized(need, Optional.of("insufficient_scope"), request, peer));
        }
        if (need.repository().isEmpty()) {
            // docker decides by this answer whether to fetch tokens at all
            return route instanceof Route.Ping
                            && principal.isAnonymous()
                            && grant.scopes().isEmpty()
                    ? Optional.of(unauthorized(need, Optional.empty(), request, peer))
                    : Optional.empty();
        }
        RepositoryName repository = need.repository().get();
        if (!rules.policy().allows(principal, repository, need.action())) {
            return Optional.of(
                    principal.isAnonymous()
                            ? unauthorized(
                                    need,
                                    grant.scopes().map(_ -> "insufficient_scope"),
                                    request,
                                    peer)
                            : error(
                                    ErrorCode.DENIED,
                                    "'"
                                            + principal
                                            + "' may not "
                                            + need.action().token()
                                            + " in '"
                                            + repository
                                            + "'",
                                    Headers.NONE));
        }
        if (!grant.covers(repository, need.action()) || asksForTooLittle(need, grant)) {
            return Optional.of(
                    unauthorized(need, Optional.of("insufficient_scope"), request, peer));
        }
        return ownsUpload(route, principal, request)
                ? Optional.empty()
                : Optional.of(
                        error(
                                ErrorCode.BLOB_UPLOAD_UNKNOWN,
                                "there is no such upload of yours in this repository; start a new one",
                                Headers.NONE));
    }

    /// Whether a blob could be mounted if the token were for pulling from its repository, too. If
    /// who asks may not pull there, another token wouldn't help.
    private boolean asksForTooLittle(Need need, Grant grant) {
        return need.source().isPresent()
                && rules.policy().allows(grant.principal(), need.source().get(), Action.PULL)
                && !grant.covers(need.source().get(), Action.PULL);
    }

    /// An upload is gone on with by the one who started it alone, with the `Location` as it was
    /// given.
    private boolean ownsUpload(Route route, Principal principal, Request request) {
        return switch (route) {
            case Route.ReadUpload read -> owns(read.id(), principal, request);
            case Route.PatchUpload patch -> owns(patch.id(), principal, request);
            case Route.FinishUpload finish -> owns(finish.id(), principal, request);
            case Route.CancelUpload cancel -> owns(cancel.id(), principal, request);
            default -> true;
        };
    }

    private boolean owns(String id, Principal principal, Request request) {
        try {
            return Query.parse(request.query())
                    .first(OWNER)
                    .filter(owner -> Passwords.same(owner, owner(id, principal)))
                    .isPresent();
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private String owner(String id, Principal principal) {
        return key.mac("upload " + id + " of " + principal.name());
    }

    /// Marks the `Location` of an upload as this principal's.
    private Response owned(Route route, Principal principal, Response response) {
        boolean upload =
                switch (route) {
                    case Route.StartUpload _,
                            Route.ReadUpload _,
                            Route.PatchUpload _,
                            Route.FinishUpload _ ->
                            true;
                    default -> false;
                };
        Optional<String> location = response.headers().first("Location");
        if (!upload || location.isEmpty() || !location.get().contains(UPLOADS)) {
            return response;
        }
        String at = location.get();
        String id = at.substring(at.lastIndexOf('/') + 1);
        List<Headers.Field> fields =
                response.headers().fields().stream()
                        .map(
                                field ->
                                        field.name().equals("Location")
                                                ? new Headers.Field(
                                                        "Location",
                                                        at
                                                                + "?"
                                                                + OWNER
                                                                + "="
                                                                + owner(id, principal))
                                                : field)
                        .toList();
        return new Response(response.status(), new Headers(fields), response.content());
    }

    /// Without the mount if the blob would come from where who asks may not pull: then it is
    /// uploaded, and nothing tells whether there was such a blob.
    private Request mountable(Route route, Grant grant, Request request) {
        if (!(route instanceof Route.StartUpload)) {
            return request;
        }
        Query query;
        try {
            query = Query.parse(request.query());
        } catch (IllegalArgumentException _) {
            return request; // refused by the one who reads it
        }
        if (query.first("mount").isEmpty() || mayMount(query.first("from"), grant)) {
            return request;
        }
        return request.withQuery(
                Stream.of(request.query().split("&", -1))
                        .filter(part -> !MOUNTING.contains(nameOf(part)))
                        .collect(Collectors.joining("&")));
    }

    /// Decoded, as the one who reads the query decodes it.
    private static String nameOf(String parameter) {
        int equals = parameter.indexOf('=');
        return Query.decode(equals < 0 ? parameter : parameter.substring(0, equals));
    }

    private boolean mayMount(Optional<String> from, Grant grant) {
        Policy policy = rules.policy();
        if (from.isEmpty()) {
            return policy.isAdmin(grant.principal()) && grant.principal().limits().isEmpty();
        }
        try {
            RepositoryName source = new RepositoryName(from.get());
            return policy.allows(grant.principal(), source, Action.PULL)
                    && grant.covers(source, Action.PULL);
        } catch (InvalidReferenceException _) {
            return false;
        }
    }

    private Response refused(RefusedException refusal, Need need, Request request, Peer peer) {
        int status = refusal.waiting().isPresent() ? 429 : 401;
        if (!refusal.isToken()) {
            audit.ifPresent(
                    log ->
                            log.refused(
                                    need.subject(),
                                    refusal.user(),
                                    peer.address().getHostAddress(),
                                    status));
        }
        if (refusal.waiting().isPresent()) {
            return error(
                    ErrorCode.TOOMANYREQUESTS,
                    String.valueOf(refusal.getMessage()),
                    retryAfter(refusal.waiting().get()));
        }
        return error(
                ErrorCode.UNAUTHORIZED,
                String.valueOf(refusal.getMessage()),
                challenges(
                        need,
                        refusal.isToken() ? Optional.of("invalid_token") : Optional.empty(),
                        request,
                        peer));
    }

    private Response unauthorized(Need need, Optional<String> error, Request request, Peer peer) {
        return error(
                ErrorCode.UNAUTHORIZED,
                "log in, or get a token for this",
                challenges(need, error, request, peer));
    }

    /// Never Basic beside it, though that is taken: docker answers every challenge that is made,
    /// and who has no password, but a refresh token or nothing, then gets nowhere.
    private Headers challenges(Need need, Optional<String> error, Request request, Peer peer) {
        StringBuilder bearer = new StringBuilder("Bearer realm=\"");
        bearer.append(proxies.base(config.url(), pathPrefix, request, peer)).append(TOKEN_PATH);
        bearer.append("\",service=\"").append(config.service()).append('"');
        need.scope().ifPresent(scope -> bearer.append(",scope=\"").append(scope).append('"'));
        error.ifPresent(code -> bearer.append(",error=\"").append(code).append('"'));
        return Headers.of("WWW-Authenticate", bearer.toString());
    }

    private Optional<Response> limited(Principal principal, Peer peer) {
        return rate.isEmpty()
                ? Optional.empty()
                : limited(
                        principal.isAnonymous()
                                ? "address " + peer.network()
                                : "user " + principal);
    }

    private Optional<Response> limited(String who) {
        Optional<Duration> wait = rate.flatMap(limit -> limit.take(who));
        return wait.map(
                pause ->
                        error(
                                ErrorCode.TOOMANYREQUESTS,
                                "too many requests; slow down",
                                retryAfter(pause)));
    }

    private Response keys(Request request) {
        if (!request.method().equals("GET") && !request.isHead()) {
            return error(
                    ErrorCode.UNSUPPORTED,
                    "the keys of tokens are had by GET",
                    Headers.of("Allow", "GET, HEAD"));
        }
        return Response.bytes(
                200, Headers.of("Content-Type", "application/jwk-set+json"), key.set().encode());
    }

    private void record(
            String action, String subject, Principal principal, String address, int status) {
        audit.ifPresent(log -> log.record(action, subject, principal, address, status));
    }

    private static Headers retryAfter(Duration wait) {
        long seconds = Math.max(1, wait.plusMillis(999).toSeconds());
        return Headers.of("Retry-After", Long.toString(seconds));
    }

    private static Response error(ErrorCode code, String message, Headers more) {
        return Response.error(code.status(), code, message, more);
    }

    private static Response marked(Response response) {
        return new Response(
                response.status(),
                response.headers().with("Docker-Distribution-API-Version", "registry/2.0"),
                response.content());
    }

    /// The files that may change while the server runs.
    private static final class RuleFiles implements Authenticator.Rules, AutoCloseable {
        private static final PolicyFile DEFAULT =
                new PolicyFile(AccessConfig.DEFAULT_POLICY, List.of());

        private final Optional<Reloaded<PolicyFile>> policy;
        private final Optional<Reloaded<Htpasswd>> htpasswd;

        RuleFiles(AccessConfig config, Consumer<Exception> failures)
                throws IOException, YamlException {
            policy = reloaded(config.policy(), PolicyFile::parse, failures);
            try {
                htpasswd =
                        reloaded(
                                config.htpasswd(),
                                (name, content) ->
                                        Htpasswd.parse(
                                                name, new String(content, UTF_8).lines().toList()),
                                failures);
            } catch (IOException | YamlException e) {
                policy.ifPresent(Reloaded::close);
                throw e;
            }
        }

        private interface Parser<T> {
            T parse(String name, byte[] content) throws YamlException;
        }

        private static <T> Optional<Reloaded<T>> reloaded(
                Optional<Path> file, Parser<T> parser, Consumer<Exception> failures)
                throws IOException, YamlException {
            if (file.isEmpty()) {
                return Optional.empty();
            }
            Path path = file.get();
            return Optional.of(
                    Reloaded.open(
                            List.of(path),
                            () -> parser.parse(path.toString(), Files.readAllBytes(path)),
                            failures));
        }

        @Override
        public void close() {
            policy.ifPresent(Reloaded::close);
            htpasswd.ifPresent(Reloaded::close);
        }

        @Override
        public Policy policy() {
            return policy.map(Reloaded::value).orElse(DEFAULT).policy();
        }

        @Override
        public List<Workload> workloads() {
            return policy.map(Reloaded::value).orElse(DEFAULT).workloads();
        }

        @Override
        public Htpasswd htpasswd() {
            return htpasswd.map(Reloaded::value).orElse(Htpasswd.EMPTY);
        }
    }
}
