package dev.jbuild.oci;

import java.util.Optional;

/// The registry's error codes (distribution-spec 1.1, "Error Codes", and those of docker that
/// clients know), with the HTTP status each is answered with.
public enum ErrorCode {
    BLOB_UNKNOWN(404),
    BLOB_UPLOAD_INVALID(400),
    BLOB_UPLOAD_UNKNOWN(404),
    DIGEST_INVALID(400),
    MANIFEST_BLOB_UNKNOWN(400),
    MANIFEST_INVALID(400),
    MANIFEST_UNKNOWN(404),
    MANIFEST_UNVERIFIED(400),
    NAME_INVALID(400),
    NAME_UNKNOWN(404),
    PAGINATION_NUMBER_INVALID(400),
    RANGE_INVALID(416),
    SIZE_INVALID(400),
    TAG_INVALID(400),
    UNAUTHORIZED(401),
    DENIED(403),
    UNSUPPORTED(405),
    TOOMANYREQUESTS(429),
    UNKNOWN(500),
    UNAVAILABLE(503);

    private final int status;

    ErrorCode(int status) {
        this.status = status;
    }

    public int status() {
        return status;
    }

    /// The code of that name, or empty for one that is not known here.
    public static Optional<ErrorCode> byName(String name) {
        for (ErrorCode code : values()) {
            if (code.name().equals(name)) {
                return Optional.of(code);
            }
        }
        return Optional.empty();
    }
}
