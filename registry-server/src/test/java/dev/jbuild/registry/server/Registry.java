package dev.jbuild.registry.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.registry.server.storage.Metadata;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;

/// A server on a free port of the loopback interface, with a connection to it, and the steps that
/// many tests begin with.
final class Registry implements AutoCloseable {
    static final byte[] NOTHING = {};
    static final String[] OCTETS = {"Content-Type", "application/octet-stream"};
    private static final Random RANDOM = new Random();

    final RegistryServer server;
    private Wire wire;

    Registry(Path root) throws IOException, InterruptedException {
        this(root, config -> config);
    }

    Registry(Path root, UnaryOperator<ServerConfig> change)
            throws IOException, InterruptedException {
        ServerConfig config =
                new ServerConfig(root, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        server = RegistryServer.start(change.apply(config.withFailures(Registry::show)));
        wire = connect();
    }

    @SuppressWarnings("CatchAndPrintStackTrace") // for whoever reads the log of a failed test
    private static void show(Exception failure) {
        failure.printStackTrace();
    }

    Wire connect() throws IOException {
        return new Wire(server.address());
    }

    /// Sends on the connection that is kept, or on a new one where the server has closed that.
    Wire.Reply send(String method, String target, byte[] body, String... headers)
            throws IOException {
        Wire.Reply reply = wire.send(method, target, body, headers);
        reconnectIfClosed(reply);
        return reply;
    }

    Wire.Reply sendChunked(String method, String target, byte[] body, String... headers)
            throws IOException {
        Wire.Reply reply = wire.sendChunked(method, target, body, headers);
        reconnectIfClosed(reply);
        return reply;
    }

    Wire.Reply get(String target, String... headers) throws IOException {
        return send("GET", target, NOTHING, headers);
    }

    Wire.Reply head(String target, String... headers) throws IOException {
        return send("HEAD", target, NOTHING, headers);
    }

    Wire.Reply delete(String target) throws IOException {
        return send("DELETE", target, NOTHING);
    }

    Metadata.Totals totals() throws IOException {
        return server.totals();
    }

    /// Begins an upload.
    ///
    /// @return its location
    String startUpload(String repository) throws IOException {
        Wire.Reply reply = send("POST", "/v2/" + repository + "/blobs/uploads/", NOTHING);
        assertEquals(202, reply.status(), reply.text());
        return reply.header("Location");
    }

    /// Pushes a blob in one request.
    Digest pushBlob(String repository, byte[] bytes) throws IOException {
        return pushBlob(repository, bytes, DigestAlgorithm.SHA256);
    }

    Digest pushBlob(String repository, byte[] bytes, DigestAlgorithm algorithm) throws IOException {
        Digest digest = Digest.of(algorithm, bytes);
        String target = "/v2/" + repository + "/blobs/uploads/?digest=" + digest;
        Wire.Reply reply = send("POST", target, bytes, OCTETS);
        assertEquals(201, reply.status(), reply.text());
        return digest;
    }

    Wire.Reply putManifest(String repository, String reference, String type, byte[] bytes)
            throws IOException {
        return send(
                "PUT",
                "/v2/" + repository + "/manifests/" + reference,
                bytes,
                "Content-Type",
                type);
    }

    /// Pushes an image of one random layer under a tag.
    ///
    /// @return the manifest's bytes
    byte[] pushImage(String repository, String tag) throws IOException {
        byte[] manifest = image(repository);
        Wire.Reply reply = putManifest(repository, tag, MediaType.OCI_MANIFEST.value(), manifest);
        assertEquals(201, reply.status(), reply.text());
        return manifest;
    }

    /// Pushes the blobs of an image.
    ///
    /// @return the manifest, which isn't pushed
    byte[] image(String repository) throws IOException {
        byte[] config =
                "{\"architecture\":\"amd64\",\"os\":\"linux\"}".getBytes(StandardCharsets.UTF_8);
        byte[] layer = random(512);
        pushBlob(repository, config);
        pushBlob(repository, layer);
        return OciJson.encode(
                        ImageManifest.of(
                                Descriptor.of(MediaType.OCI_CONFIG, config),
                                List.of(Descriptor.of(MediaType.OCI_LAYER, layer))))
                .bytes();
    }

    /// The blob is there, byte for byte, for GET and HEAD.
    void assertBlob(String repository, Digest digest, byte[] bytes) throws IOException {
        String target = "/v2/" + repository + "/blobs/" + digest;
        Wire.Reply get = get(target);
        assertEquals(200, get.status(), get.text());
        assertArrayEquals(bytes, get.body());
        assertEquals(digest.toString(), get.header("Docker-Content-Digest"));
        Wire.Reply head = head(target);
        assertEquals(200, head.status());
        assertEquals(String.valueOf(bytes.length), head.header("Content-Length"));
        assertEquals(digest.toString(), head.header("Docker-Content-Digest"));
    }

    /// Deletes the blob, which is gone at once.
    void cleanBlob(String repository, Digest digest) throws IOException {
        String target = "/v2/" + repository + "/blobs/" + digest;
        assertEquals(202, delete(target).status());
        assertEquals(404, head(target).status());
    }

    static byte[] random(int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    /// Adds a parameter to a location that may have a query already.
    static String with(String location, String parameter) {
        return location + (location.indexOf('?') < 0 ? "?" : "&") + parameter;
    }

    @Override
    public void close() {
        try {
            wire.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            server.close();
        }
    }

    private void reconnectIfClosed(Wire.Reply reply) throws IOException {
        if (reply.header("Connection").equals("close")) {
            wire.close();
            wire = connect();
        }
    }
}
