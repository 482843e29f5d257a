package dev.jbuild.registry.client;

import dev.jbuild.oci.ErrorDocument;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;

/// A registry that refuses, misbehaves or can't be reached. The message names the request and what
/// to do; neither it nor anything else in here holds a secret.
public final class RegistryException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String method;
    private final String url;
    private final int status;
    private final transient Optional<ErrorDocument> errors;
    private final String remedy;
    private final transient Optional<String> retryAfter;

    RegistryException(Request request, String problem, String remedy) {
        this(request, 0, problem, Optional.empty(), remedy, Optional.empty());
    }

    RegistryException(
            Request request,
            int status,
            String problem,
            Optional<ErrorDocument> errors,
            String remedy,
            Optional<String> retryAfter) {
        super(request + ": " + problem + (remedy.isEmpty() ? "" : "; " + remedy));
        this.method = request.method();
        this.url = request.url();
        this.status = status;
        this.errors = errors;
        this.remedy = remedy;
        this.retryAfter = retryAfter;
    }

    RegistryException causedBy(Throwable cause) {
        initCause(cause);
        return this;
    }

    public String method() {
        return method;
    }

    /// Without credentials and other secrets.
    public String url() {
        return url;
    }

    /// Of the answer; empty if there was none.
    public OptionalInt status() {
        return status == 0 ? OptionalInt.empty() : OptionalInt.of(status);
    }

    /// What the registry said, if it said it in the form of the specification.
    public Optional<ErrorDocument> errors() {
        return errors;
    }

    public String remedy() {
        return remedy;
    }

    public boolean isNotFound() {
        return status == 404;
    }

    /// Whether other credentials may help.
    public boolean isUnauthorized() {
        return status == 401 || status == 403;
    }

    Optional<String> retryAfter() {
        return retryAfter;
    }

    /// @param url without secrets
    record Request(String method, String url) {
        @Override
        public String toString() {
            return method + " " + url;
        }
    }
}
