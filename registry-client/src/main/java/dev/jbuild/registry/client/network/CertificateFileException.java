package dev.jbuild.registry.client.network;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// A certificate or key of this machine can't be used, or is missing; the message says which, why,
/// and what to do.
public final class CertificateFileException extends IOException {
    private static final long serialVersionUID = 1L;

    /// The end of a connection to a host that had asked for one.
    public static CertificateFileException missing(String host, int port, IOException cause) {
        return new CertificateFileException(
                "'"
                        + host
                        + ":"
                        + port
                        + "' wants a client certificate: put one and its key into '"
                        + Certificates.place(host, port)
                        + "', as client.cert and client.key",
                cause);
    }

    CertificateFileException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
