package dev.jbuild.registry.client.auth;

import dev.jbuild.oci.RepositoryName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Where credentials come from.
public sealed interface CredentialSource {

    /// The credentials for a repository.
    ///
    /// @param registry host and port; `docker.io` for Docker Hub
    /// @param repository empty where the registry as a whole is meant
    /// @return empty: be anonymous
    /// @throws CredentialException if there may be some, but they can't be read
    Optional<Credentials> find(String registry, Optional<RepositoryName> repository)
            throws IOException, InterruptedException;

    /// The usual places, the first that knows the registry decides: `REGISTRY_AUTH_FILE`, docker's
    /// config.json (`DOCKER_CONFIG` or `~/.docker`), podman's auth.json.
    ///
    /// @param environment of the process
    static CredentialSource standard(Map<String, String> environment, Path home) {
        List<CredentialSource> sources = new ArrayList<>();
        path(environment, "REGISTRY_AUTH_FILE")
                .ifPresent(file -> sources.add(new ContainersAuth(file)));
        sources.add(dockerConfig(environment, home));
        path(environment, "XDG_RUNTIME_DIR")
                .ifPresent(
                        dir ->
                                sources.add(
                                        new ContainersAuth(dir.resolve("containers/auth.json"))));
        sources.add(
                new ContainersAuth(
                        path(environment, "XDG_CONFIG_HOME")
                                .orElse(home.resolve(".config"))
                                .resolve("containers/auth.json")));
        return new FirstOf(sources);
    }

    /// Docker's configuration of that environment, which `jbuild login` writes.
    static DockerConfig dockerConfig(Map<String, String> environment, Path home) {
        return new DockerConfig(
                path(environment, "DOCKER_CONFIG")
                        .orElse(home.resolve(".docker"))
                        .resolve("config.json"));
    }

    private static Optional<Path> path(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name))
                .filter(text -> !text.isEmpty())
                .map(Path::of);
    }

    /// No credentials for anyone.
    record Anonymous() implements CredentialSource {
        @Override
        public Optional<Credentials> find(String registry, Optional<RepositoryName> repository) {
            return Optional.empty();
        }
    }

    /// The same credentials, but for one registry only.
    record Fixed(String registry, Credentials credentials) implements CredentialSource {
        @Override
        public Optional<Credentials> find(String asked, Optional<RepositoryName> repository) {
            return asked.equals(registry) ? Optional.of(credentials) : Optional.empty();
        }
    }

    /// Docker's config.json.
    record DockerConfig(Path file) implements CredentialSource {
        @Override
        public Optional<Credentials> find(String registry, Optional<RepositoryName> repository)
                throws IOException, InterruptedException {
            return new AuthFile(file).find(AuthFile.keys(registry, Optional.empty()), registry);
        }

        /// Keeps credentials: in the helper program that the file names for this registry, else in
        /// the file, which is made if need be, readable by its owner only, and replaced as a whole.
        public void store(String registry, Credentials.Password credentials)
                throws IOException, InterruptedException {
            new AuthFile(file).store(registry, credentials);
        }

        /// Forgets what is kept for a registry.
        ///
        /// @return whether there was anything
        public boolean erase(String registry) throws IOException, InterruptedException {
            return new AuthFile(file).erase(registry);
        }
    }

    /// podman's and skopeo's auth.json, whose keys may be namespaces: the longest one decides.
    record ContainersAuth(Path file) implements CredentialSource {
        @Override
        public Optional<Credentials> find(String registry, Optional<RepositoryName> repository)
                throws IOException, InterruptedException {
            return new AuthFile(file).find(AuthFile.keys(registry, repository), registry);
        }
    }

    /// Several sources in order.
    record FirstOf(List<CredentialSource> sources) implements CredentialSource {
        public FirstOf {
            sources = List.copyOf(sources);
        }

        @Override
        public Optional<Credentials> find(String registry, Optional<RepositoryName> repository)
                throws IOException, InterruptedException {
            for (CredentialSource source : sources) {
                Optional<Credentials> found = source.find(registry, repository);
                if (found.isPresent()) {
                    return found;
                }
            }
            return Optional.empty();
        }
    }
}
