package dev.jbuild.registry.client.network;

import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.X509TrustManager;

/// How TLS is spoken to one host.
///
/// @param askedInVain whether the host has asked for a certificate of ours, and there is none:
///     some only ask, but others end the connection, in a way that may look like any other end
public record Tls(SSLSocketFactory sockets, X509TrustManager trust, BooleanSupplier askedInVain) {}
