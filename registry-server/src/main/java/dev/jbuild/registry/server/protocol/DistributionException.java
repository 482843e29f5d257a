package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.ErrorCode;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Response;

/// A request that is refused. The message is for the client's user.
public final class DistributionException extends Exception {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final int status;
    private final transient Headers headers;

    public DistributionException(ErrorCode code, String message) {
        this(code, code.status(), message, Headers.NONE);
    }

    /// @param status where it is not the code's own
    /// @param headers to be sent with it
    public DistributionException(ErrorCode code, int status, String message, Headers headers) {
        super(message);
        this.code = code;
        this.status = status;
        this.headers = headers;
    }

    public ErrorCode code() {
        return code;
    }

    public int status() {
        return status;
    }

    Response response() {
        return Response.error(status, code, String.valueOf(getMessage()), headers);
    }
}
