package dev.jbuild.registry.client.auth;

/// What proves to a registry who one is. Never shown: `toString` leaves the secret out.
public sealed interface Credentials {
    /// The secret itself, so that it can be removed from messages.
    String secret();

    /// A user with a password, or an access token in a password's place.
    record Password(String user, String password) implements Credentials {
        @Override
        public String secret() {
            return password;
        }

        @Override
        public String toString() {
            return "password of " + user;
        }
    }

    /// A refresh token, which the token endpoint takes (docker's `identitytoken`).
    ///
    /// @param user may be empty
    record IdentityToken(String user, String token) implements Credentials {
        @Override
        public String secret() {
            return token;
        }

        @Override
        public String toString() {
            return "identity token";
        }
    }

    /// A token that the registry itself takes (docker's `registrytoken`).
    record RegistryToken(String token) implements Credentials {
        @Override
        public String secret() {
            return token;
        }

        @Override
        public String toString() {
            return "registry token";
        }
    }
}
