package dev.jbuild.registry.client.network;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/// Whom we trust, and who we are, by host: the authorities of the system, those that
/// `certs.d/HOST:PORT/*.crt` adds for one registry, and the client certificates
/// `certs.d/HOST:PORT/*.cert`, each with its key in a `*.key` (containers-certs.d(5)). Safe for use
/// by several threads; each host's files are read once.
public final class Certificates {
    public static final Certificates OF_JAVA = new Certificates(List.of(), Optional.empty());

    /// Where systems have their authorities in one file.
    private static final List<String> BUNDLES =
            List.of(
                    "etc/ssl/certs/ca-certificates.crt",
                    "etc/pki/tls/certs/ca-bundle.crt",
                    "etc/ssl/ca-bundle.pem",
                    "etc/ssl/cert.pem");

    private static final char[] NO_PASSWORD = new char[0];

    private final List<Path> directories;
    private final Optional<Path> bundle;
    private final Map<String, Optional<Tls>> known = new ConcurrentHashMap<>();

    private Certificates(List<Path> directories, Optional<Path> bundle) {
        this.directories = directories;
        this.bundle = bundle;
    }

    /// The user's `containers/certs.d`, then the system's, then docker's: the first that has a
    /// directory for a host counts. The authorities are those of `SSL_CERT_FILE`, else the
    /// system's, else Java's, which count in any case where `javax.net.ssl.trustStore` is set.
    ///
    /// @param root of the file system
    public static Certificates standard(Map<String, String> environment, Path home, Path root) {
        Path configuration =
                variable(environment, "XDG_CONFIG_HOME").orElse(home.resolve(".config"));
        List<Path> directories =
                List.of(
                        configuration.resolve("containers/certs.d"),
                        root.resolve("etc/containers/certs.d"),
                        root.resolve("etc/docker/certs.d"));
        Optional<Path> bundle =
                variable(environment, "SSL_CERT_FILE")
                        .or(
                                () ->
                                        System.getProperty("javax.net.ssl.trustStore") != null
                                                ? Optional.empty()
                                                : BUNDLES.stream()
                                                        .map(root::resolve)
                                                        .filter(Files::isReadable)
                                                        .findFirst());
        return new Certificates(directories, bundle);
    }

    private static Optional<Path> variable(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name))
                .filter(value -> !value.isEmpty())
                .map(Path::of);
    }

    /// How TLS is spoken to a host.
    ///
    /// @return empty for [#OF_JAVA]
    /// @throws CertificateFileException if a file can't be used
    public Optional<Tls> of(String host, int port) throws IOException {
        String name = host + ":" + port;
        Optional<Tls> tls = known.get(name);
        if (tls == null) {
            tls = read(directory(host, port));
            known.put(name, tls);
        }
        return tls;
    }

    /// Where an authority for a host would be put.
    public static String place(String host, int port) {
        return "/etc/containers/certs.d/" + host + ":" + port;
    }

    private Optional<Path> directory(String host, int port) {
        return directories.stream()
                .flatMap(
                        parent ->
                                port == 443
                                        ? Stream.of(
                                                parent.resolve(host + ":" + port),
                                                parent.resolve(host))
                                        : Stream.of(parent.resolve(host + ":" + port)))
                .filter(Files::isDirectory)
                .findFirst();
    }

    private Optional<Tls> read(Optional<Path> directory) throws IOException {
        if (directories.isEmpty()) {
            return Optional.empty();
        }
        try {
            List<X509Certificate> anchors = new ArrayList<>();
            if (bundle.isPresent()) {
                anchors.addAll(PemFiles.certificates(bundle.get()));
            } else {
                anchors.addAll(List.of(trusting(Optional.empty()).getAcceptedIssuers()));
            }
            NoKeys none = new NoKeys();
            KeyManager[] keys = {none};
            if (directory.isPresent()) {
                for (Path file : files(directory.get(), "*.crt")) {
                    anchors.addAll(PemFiles.certificates(file));
                }
                List<Path> own = files(directory.get(), "*.cert");
                keys = own.isEmpty() ? keys : keys(directory.get(), own);
            }
            X509TrustManager trust = trusting(Optional.of(anchors));
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, new TrustManager[] {trust}, null);
            return Optional.of(new Tls(context.getSocketFactory(), trust, none::asked));
        } catch (GeneralSecurityException e) {
            throw new CertificateFileException(
                    directory.or(() -> bundle).orElse(Path.of(""))
                            + ": the certificates can't be used: "
                            + e.getMessage(),
                    e);
        }
    }

    /// @param anchors empty for those of Java
    private static X509TrustManager trusting(Optional<List<X509Certificate>> anchors)
            throws GeneralSecurityException, IOException {
        KeyStore store = null;
        if (anchors.isPresent()) {
            store = empty();
            for (X509Certificate anchor : anchors.get()) {
                store.setCertificateEntry(String.valueOf(store.size()), anchor);
            }
        }
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager found) {
                return found;
            }
        }
        throw new GeneralSecurityException("this Java has no trust manager for X.509");
    }

    private static KeyManager[] keys(Path directory, List<Path> certificates)
            throws GeneralSecurityException, IOException {
        KeyStore store = empty();
        for (Path file : certificates) {
            String name = file.getFileName().toString();
            Path keyFile =
                    directory.resolve(name.substring(0, name.length() - "cert".length()) + "key");
            if (!Files.exists(keyFile)) {
                throw new CertificateFileException(
                        "client certificate '"
                                + file
                                + "' has no key '"
                                + keyFile
                                + "' beside it; if it is an authority's, call it '*.crt'",
                        null);
            }
            PrivateKey key = PemFiles.privateKey(keyFile);
            store.setKeyEntry(
                    name,
                    key,
                    NO_PASSWORD,
                    PemFiles.certificates(file).toArray(new Certificate[0]));
        }
        KeyManagerFactory factory =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, NO_PASSWORD);
        return factory.getKeyManagers();
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static List<Path> files(Path directory, String glob) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, glob)) {
            found.forEach(files::add);
        }
        files.sort(null);
        return files;
    }
}
