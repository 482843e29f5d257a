package dev.jbuild.registry.client;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.client.auth.Scope;
import dev.jbuild.registry.client.transport.Answer;
import dev.jbuild.registry.client.transport.Call;
import dev.jbuild.registry.client.transport.Transport;
import java.io.IOException;
import java.net.ProtocolException;
import java.util.Optional;
import okhttp3.HttpUrl;

/// The upload sessions of a repository (distribution-spec, "Pushing blobs").
record UploadSessions(Requests requests, Transport transport, RepositoryName repository) {

    /// Where uploads begin.
    HttpUrl url() throws IOException, InterruptedException {
        return requests.url(repository + "/blobs/uploads/");
    }

    /// Begins one.
    ///
    /// @return where its content goes
    HttpUrl start() throws IOException, InterruptedException {
        Call call = Call.of("POST", url(), Scope.push(repository));
        try (Answer answer = requests.send(call)) {
            if (answer.status() != 202) {
                throw requests.refused(answer);
            }
            return location(answer);
        }
    }

    /// Where to go on.
    HttpUrl location(Answer answer) throws IOException, InterruptedException {
        try {
            return transport.location(answer);
        } catch (ProtocolException e) {
            throw requests.broken(answer, requests.clean(e.getMessage())).causedBy(e);
        }
    }

    static HttpUrl withDigest(HttpUrl url, Digest digest) {
        return url.newBuilder().addQueryParameter("digest", digest.toString()).build();
    }

    /// @param expected what the registry has to have stored, if it says
    void checkDigest(Answer answer, Digest expected) throws RegistryException {
        Optional<String> stored = answer.header("Docker-Content-Digest");
        if (stored.isPresent() && !stored.get().equals(expected.toString())) {
            throw requests.broken(
                    answer,
                    "it stored '" + requests.clean(stored.get()) + "' in place of " + expected);
        }
    }

    /// Tells the registry that nothing more comes. Best effort: sessions end by themselves, too.
    void abandon(HttpUrl session) throws InterruptedException {
        Call call = Call.of("DELETE", session, Scope.push(repository)).once();
        try (Answer _ = requests.send(call)) {
            // whatever it says
        } catch (IOException e) {
            // what failed before is what counts
        }
    }
}
