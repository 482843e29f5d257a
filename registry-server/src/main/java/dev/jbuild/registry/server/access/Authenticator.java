package dev.jbuild.registry.server.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.registry.server.http.Peer;
import dev.jbuild.registry.server.http.Request;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;

/// Finds out who asks: by password, key, token or certificate. Safe for use by several threads.
final class Authenticator {
    /// Whose key or token the password is, is told by itself.
    private static final Set<String> ANY_USER =
            Set.of("<token>", "oidc", "token", "oauth2accesstoken");

    private static final String BEARER = "Bearer ";

    private final Rules rules;
    private final Accounts accounts;
    private final Passwords passwords;
    private final Tokens tokens;
    private final WorkloadTokens workloadTokens;
    private final Throttle guesses;
    private final Throttle addresses;

    /// What may change while the server runs.
    interface Rules {
        Policy policy();

        List<Workload> workloads();

        Htpasswd htpasswd();
    }

    Authenticator(
            Rules rules,
            Accounts accounts,
            Passwords passwords,
            Tokens tokens,
            WorkloadTokens workloadTokens,
            InstantSource clock) {
        this.rules = rules;
        this.accounts = accounts;
        this.passwords = passwords;
        this.tokens = tokens;
        this.workloadTokens = workloadTokens;
        this.guesses = new Throttle(5, clock);
        this.addresses = new Throttle(50, clock);
    }

    /// Who sent the request; nobody in particular if it doesn't say.
    Grant of(Request request, Peer peer)
            throws RefusedException, IOException, InterruptedException {
        List<String> fields = request.headers().all("Authorization");
        if (fields.isEmpty()) {
            return Grant.of(byCertificate(peer).orElse(Principal.ANONYMOUS));
        }
        if (fields.size() > 1) {
            throw RefusedException.credentials("more than one Authorization header");
        }
        String field = fields.getFirst();
        int space = field.indexOf(' ');
        String rest = field.substring(space + 1).strip();
        if (field.regionMatches(true, 0, "Basic ", 0, 6)) {
            return byPassword(rest, peer);
        }
        if (field.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return byToken(rest, peer);
        }
        throw RefusedException.credentials("Authorization is neither Basic nor Bearer");
    }

    /// Who sent the request, if that can be told without waiting or much work.
    Optional<Grant> atOnce(Request request, Peer peer) {
        List<String> fields = request.headers().all("Authorization");
        if (fields.isEmpty()) {
            return Optional.of(Grant.of(byCertificate(peer).orElse(Principal.ANONYMOUS)));
        }
        String field = fields.getFirst();
        return fields.size() == 1 && field.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? tokens.known(field.substring(BEARER.length()).strip())
                : Optional.empty();
    }

    /// Who has this name and password, which may be a key or a token.
    Grant byPassword(String user, String password, Peer peer)
            throws RefusedException, IOException, InterruptedException {
        if (!peer.mayHearSecrets()) {
            throw RefusedException.credentials(
                    "passwords are not taken over plain http; use https");
        }
        if (password.startsWith(Accounts.KEY) || Jwt.looksLikeOne(password)) {
            // nobody guesses these: there is nothing to slow down, and nobody to lock out
            return Grant.of(byKeyOrToken(user, password).orElseThrow(Authenticator::wrong));
        }
        if (!Principal.isUserName(user)) {
            throw wrong();
        }
        Optional<String> hash = hash(user);
        Optional<String> tried = hash.map(_ -> user);
        String address = peer.network();
        // of this user from there: nobody can lock out a user from elsewhere
        String guess = address + " " + user;
        // counted beforehand, so that tries at the same time count, too
        refuseIfPausing(addresses.tried(address), tried);
        Optional<Duration> pause = guesses.tried(guess);
        if (pause.isPresent()) {
            // nothing was found out: one old password in a script locks out nobody beside it
            addresses.forgiven(address);
        }
        refuseIfPausing(pause, tried);
        boolean right;
        try {
            right = passwords.check(user, password, hash, rules.htpasswd().highestCost());
        } catch (RefusedException e) { // nothing was found out
            addresses.forgiven(address);
            guesses.forgiven(guess);
            throw e.about(tried);
        }
        if (!right) {
            throw wrong().about(tried);
        }
        addresses.forgiven(address);
        guesses.succeeded(guess);
        return new Grant(Principal.user(user), Optional.empty(), true);
    }

    private static void refuseIfPausing(Optional<Duration> pause, Optional<String> tried)
            throws RefusedException {
        if (pause.isPresent()) {
            throw RefusedException.wait("too many wrong passwords; try again later", pause.get())
                    .about(tried);
        }
    }

    private static RefusedException wrong() {
        return RefusedException.credentials("user or password is wrong");
    }

    /// What a password is checked against.
    Optional<String> hash(String user) throws IOException {
        Optional<String> hash = rules.htpasswd().hash(user);
        return hash.isPresent() ? hash : accounts.hash(user);
    }

    private Optional<Principal> byKeyOrToken(String user, String secret)
            throws IOException, InterruptedException {
        if (secret.startsWith(Accounts.KEY)) {
            return byKey(secret).filter(owner -> ANY_USER.contains(user) || isOwner(owner, user));
        }
        try {
            return Optional.of(workloadTokens.verify(Jwt.parse(secret), rules.workloads()));
        } catch (InvalidTokenException _) {
            return Optional.empty();
        }
    }

    private static boolean isOwner(Principal owner, String user) {
        return owner.name().equals(user) || owner.name().equals(Principal.ROBOT + user);
    }

    private Optional<Principal> byKey(String secret) throws IOException {
        Optional<Accounts.Key> key = accounts.key(secret);
        return key.isEmpty()
                ? Optional.empty()
                : Optional.of(new Principal(key.get().owner(), Set.of(), key.get().limits()));
    }

    private Grant byPassword(String base64, Peer peer)
            throws RefusedException, IOException, InterruptedException {
        String pair;
        try {
            pair = new String(Base64.getDecoder().decode(base64), UTF_8);
        } catch (IllegalArgumentException e) {
            throw RefusedException.credentials("the Basic credentials are not base64");
        }
        int colon = pair.indexOf(':');
        if (colon < 0) {
            throw RefusedException.credentials("the Basic credentials are not USER:PASSWORD");
        }
        return byPassword(pair.substring(0, colon), pair.substring(colon + 1), peer);
    }

    private Grant byToken(String text, Peer peer)
            throws RefusedException, IOException, InterruptedException {
        if (text.startsWith(Accounts.KEY)) {
            return byPassword("<token>", text, peer);
        }
        Optional<Grant> known = tokens.known(text);
        if (known.isPresent()) {
            return known.get();
        }
        try {
            Jwt token = Jwt.parse(text);
            return tokens.issued(token)
                    ? tokens.verify(text, token)
                    : Grant.of(workloadTokens.verify(token, rules.workloads()));
        } catch (InvalidTokenException e) {
            throw RefusedException.token(String.valueOf(e.getMessage()));
        }
    }

    /// The user that a certificate's common name says.
    private static Optional<Principal> byCertificate(Peer peer) {
        Optional<X500Principal> subject = peer.certificate();
        if (subject.isEmpty()) {
            return Optional.empty();
        }
        try {
            // the most particular first: CN=alice,CN=Users is alice
            for (Rdn part : new LdapName(subject.get().getName()).getRdns().reversed()) {
                if (part.getType().equalsIgnoreCase("CN")
                        && part.getValue() instanceof String name
                        && Principal.isUserName(name)) {
                    return Optional.of(Principal.user(name));
                }
            }
        } catch (InvalidNameException _) {
            // a subject that names no user
        }
        return Optional.empty();
    }
}
