package dev.jbuild.signing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// jbuild's keys and signatures against cosign itself, offline. Runs where JBUILD_TEST_COSIGN names
/// cosign's program (2.5, as in Debian 13).
class CosignIT {
    private static final ImageReference NAME = ImageReference.parse("reg.example/app:v1");

    @TempDir Path directory;

    @BeforeEach
    void find_cosign() {
        Assumptions.assumeTrue(
                System.getenv("JBUILD_TEST_COSIGN") != null,
                "cosign is not tested against: set JBUILD_TEST_COSIGN to its program");
    }

    @Test
    void cosign_verifies_what_is_signed_here() throws IOException, InterruptedException {
        SigningKey key = SigningKey.generate();
        Result result = verify(signedLayout(key), key.verificationKey());
        assertEquals(0, result.status(), result.output());
        assertTrue(result.output().contains("\"docker-reference\":\"reg.example/app:v1\""));
        assertTrue(result.output().contains("\"env\":\"prod\""));
    }

    @Test
    void cosign_refuses_it_with_another_key() throws IOException, InterruptedException {
        Result result =
                verify(
                        signedLayout(SigningKey.generate()),
                        SigningKey.generate().verificationKey());
        assertNotEquals(0, result.status(), result.output());
        assertTrue(result.output().contains("no matching signatures"), result.output());
    }

    @Test
    void cosign_reads_a_key_written_here() throws IOException, InterruptedException {
        SigningKey key = SigningKey.generate();
        Path file = directory.resolve("ours.key");
        Files.write(file, KeyFile.encrypt(key, Fixtures.passphrase()));
        Result result = cosign("public-key", "--key", file.toString());
        assertEquals(0, result.status(), result.output());
        assertEquals(
                new String(key.verificationKey().toPem(), StandardCharsets.US_ASCII).strip(),
                result.output().strip());
    }

    @Test
    void key_of_cosign_is_read_here_and_its_signature_verified()
            throws IOException, InterruptedException {
        Path prefix = directory.resolve("theirs");
        assertEquals(
                0, cosign("generate-key-pair", "--output-key-prefix", prefix.toString()).status());
        Path message = Files.writeString(directory.resolve("message"), "a message");
        Path signature = directory.resolve("signature");
        Result signed =
                cosign(
                        "sign-blob",
                        "--yes",
                        "--key",
                        prefix + ".key",
                        "--tlog-upload=false",
                        "--output-signature",
                        signature.toString(),
                        message.toString());
        assertEquals(0, signed.status(), signed.output());
        SigningKey key =
                KeyFile.decrypt(
                        Files.readAllBytes(Path.of(prefix + ".key")), Fixtures.passphrase());
        assertArrayEquals(
                Files.readAllBytes(Path.of(prefix + ".pub")), key.verificationKey().toPem());
        assertTrue(
                key.verificationKey()
                        .verifies(
                                Files.readAllBytes(message),
                                Base64.getDecoder().decode(Files.readString(signature).strip())));
    }

    /// An image and its signatures as `cosign save` writes them.
    private Path signedLayout(SigningKey key) throws IOException {
        byte[] config = "{}".getBytes(StandardCharsets.UTF_8);
        Encoded<ImageManifest> image =
                OciJson.encode(
                        ImageManifest.of(Descriptor.of(MediaType.OCI_CONFIG, config), List.of()));
        SignatureLayer layer =
                new Signer(key).sign(image.descriptor(), NAME, Map.of("env", "prod"));
        SignatureImage signatures = SignatureImage.of(layer);
        Path layout = Files.createDirectories(directory.resolve("layout"));
        write(layout, config);
        write(layout, image.bytes());
        write(layout, signatures.config().bytes());
        write(layout, layer.payload().orElseThrow());
        write(layout, signatures.manifest().bytes());
        ImageIndex index =
                ImageIndex.of(
                        List.of(
                                kind(image.descriptor(), "dev.cosignproject.cosign/image"),
                                kind(
                                        signatures.manifest().descriptor(),
                                        "dev.cosignproject.cosign/sigs")));
        Files.write(layout.resolve("index.json"), OciJson.encode(index).bytes());
        Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        return layout;
    }

    private static Descriptor kind(Descriptor descriptor, String kind) {
        return descriptor.withAnnotations(Map.of("kind", kind));
    }

    private static void write(Path layout, byte[] blob) throws IOException {
        String hex = Descriptor.of(MediaType.OCI_EMPTY, blob).digest().hex();
        Path blobs = Files.createDirectories(layout.resolve("blobs/sha256"));
        Files.write(blobs.resolve(hex), blob);
    }

    private Result verify(Path layout, VerificationKey key)
            throws IOException, InterruptedException {
        Path pem = Files.write(directory.resolve("key.pub"), key.toPem());
        return cosign(
                "verify",
                "--key",
                pem.toString(),
                "--insecure-ignore-tlog=true",
                "--local-image",
                layout.toString());
    }

    private Result cosign(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(System.getenv("JBUILD_TEST_COSIGN"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("COSIGN_PASSWORD", "throw-away");
        builder.environment().put("HOME", directory.toString());
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }

    private record Result(int status, String output) {}
}
