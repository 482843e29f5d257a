package dev.jbuild.builder.remote;

import java.io.IOException;

/// A file that can't be had from its server, or isn't what it should be. The message holds no
/// secret.
public final class RemoteException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String problem;
    private final String remedy;

    RemoteException(String url, String problem, String remedy) {
        super(url + ": " + problem + (remedy.isEmpty() ? "" : ". " + remedy));
        this.problem = url + ": " + problem;
        this.remedy = remedy;
    }

    RemoteException causedBy(Throwable cause) {
        initCause(cause);
        return this;
    }

    /// With the URL.
    public String problem() {
        return problem;
    }

    public String remedy() {
        return remedy;
    }
}
