package dev.jbuild.registry.server.mirror;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.registry.server.storage.ContentIndex.Holder;
import dev.jbuild.registry.server.upkeep.Mirror;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// A mirror that speaks the registry's protocol (distribution-spec 1.1, "Pulling").
public final class RegistryMirror implements Mirror {
    private static final Duration CONNECT = Duration.ofSeconds(10);

    private final MirrorConfig config;

    public RegistryMirror(MirrorConfig config) {
        this.config = config;
    }

    @Override
    public String name() {
        return config.toString();
    }

    @Override
    public Round begin() throws IOException {
        ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
        HttpClient.Builder client =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(
                                config.patience().compareTo(CONNECT) < 0
                                        ? config.patience()
                                        : CONNECT)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .executor(executor);
        if (config.authorities().isPresent()) {
            client.sslContext(trusting(config.authorities().get()));
        }
        return new Asking(config, client.build(), executor);
    }

    private static SSLContext trusting(Path authorities) throws IOException {
        try (InputStream in = Files.newInputStream(authorities)) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int number = 0;
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                trusted.setCertificateEntry(Integer.toString(number++), certificate);
            }
            TrustManagerFactory managers =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException(
                    "the mirror's authorities in '" + authorities + "' can't be used: " + e, e);
        }
    }

    /// One round. Three times in a row out of order, and the mirror is asked no more: each further
    /// question would wait as long.
    private static final class Asking implements Round {
        private static final int MOST_TROUBLES = 3;

        private final MirrorConfig config;
        private final HttpClient client;
        private final ExecutorService executor;
        private final Requests requests;
        private int troubles;

        Asking(MirrorConfig config, HttpClient client, ExecutorService executor) {
            this.config = config;
            this.client = client;
            this.executor = executor;
            this.requests = new Requests(config, client);
        }

        @Override
        public void fetch(Holder holder, Digest digest, long size, Sink sink)
                throws IOException, InterruptedException {
            if (troubles >= MOST_TROUBLES) {
                throw new IOException(
                        "the mirror is out of order, and not asked any more in this round");
            }
            try {
                transfer(holder, digest, size, sink);
                troubles = 0;
            } catch (TroubleException e) {
                troubles++;
                throw e;
            }
        }

        private void transfer(Holder holder, Digest digest, long size, Sink sink)
                throws IOException, InterruptedException {
            String repository =
                    (config.prefix().isEmpty() ? "" : config.prefix() + "/") + holder.repository();
            String path =
                    "/v2/"
                            + repository
                            + (holder.manifest().isPresent() ? "/manifests/" : "/blobs/")
                            + digest;
            try (Answer answer =
                    requests.get(
                            path,
                            repository,
                            holder.manifest().map(MediaType::value).orElse("*/*"))) {
                int status = answer.status();
                if (status == 404) {
                    throw new IOException("the mirror does not have it");
                } else if (status != 200) {
                    String why = "the mirror answered with status " + status;
                    throw status >= 500 || status == 429
                            ? new TroubleException(why)
                            : new IOException(why);
                }
                long announced =
                        answer.response().headers().firstValueAsLong("Content-Length").orElse(size);
                if (announced != size) {
                    throw new IOException(
                            "the mirror has " + announced + " bytes in place of " + size);
                }
                answer.transferTo(sink, size);
            }
        }

        @Override
        public void close() {
            client.shutdownNow();
            executor.shutdownNow();
        }
    }
}
