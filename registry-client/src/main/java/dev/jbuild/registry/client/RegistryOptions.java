package dev.jbuild.registry.client;

import dev.jbuild.registry.client.auth.CredentialSource;
import dev.jbuild.registry.client.network.Network;
import java.time.Duration;
import java.util.function.Consumer;

/// How to speak to a registry.
///
/// @param attempts of each request or blob, without progress between them
/// @param firstPause before the second attempt; doubles, with a random part, up to 30 s
/// @param deadline for all pauses of an operation together; a registry that asks for a longer one
///     is not waited for
/// @param events told about transfers, from several threads at once
public record RegistryOptions(
        CredentialSource credentials,
        PlainHttp plainHttp,
        Network network,
        int attempts,
        Duration firstPause,
        Duration deadline,
        Consumer<TransferEvent> events) {
    private static final RegistryOptions STANDARD =
            new RegistryOptions(
                    new CredentialSource.Anonymous(),
                    PlainHttp.LOOPBACK_ONLY,
                    Network.DIRECT,
                    6,
                    Duration.ofMillis(250),
                    Duration.ofMinutes(5),
                    _ -> {});

    /// Anonymous, directly, TLS except on loopback, six attempts within five minutes.
    public static RegistryOptions standard() {
        return STANDARD;
    }

    public RegistryOptions with(CredentialSource source) {
        return new RegistryOptions(
                source, plainHttp, network, attempts, firstPause, deadline, events);
    }

    public RegistryOptions with(PlainHttp allowed) {
        return new RegistryOptions(
                credentials, allowed, network, attempts, firstPause, deadline, events);
    }

    public RegistryOptions with(Network reached) {
        return new RegistryOptions(
                credentials, plainHttp, reached, attempts, firstPause, deadline, events);
    }

    public RegistryOptions withEvents(Consumer<TransferEvent> listener) {
        return new RegistryOptions(
                credentials, plainHttp, network, attempts, firstPause, deadline, listener);
    }

    public RegistryOptions withRetries(int attempts, Duration firstPause, Duration deadline) {
        return new RegistryOptions(
                credentials, plainHttp, network, attempts, firstPause, deadline, events);
    }
}
