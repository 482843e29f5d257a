package dev.jbuild.registry.server.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.http.Query;
import dev.jbuild.registry.server.http.Response;
import dev.jbuild.registry.server.sqlite.SqliteMetadata;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.ManifestContent;
import dev.jbuild.registry.server.storage.ManifestIndex;
import dev.jbuild.registry.server.storage.Metadata;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a list of referrers costs where a fallback tag points at a large index.
class FallbackReferrersTest {
    private static final RepositoryName APP = new RepositoryName("app");
    private static final Digest SUBJECT = Digest.sha256("subject".getBytes(StandardCharsets.UTF_8));

    @TempDir Path directory;
    private final AtomicInteger questions = new AtomicInteger();
    private ContentStore content;
    private Metadata metadata;
    private ReferrersEndpoint endpoint;

    @BeforeEach
    void open() throws Exception {
        Path staging = Files.createDirectory(directory.resolve("uploads"));
        content =
                new ContentStore(
                        directory.resolve("blobs"), staging, directory.resolve("quarantine"));
        metadata = new SqliteMetadata(directory.resolve("metadata.db"));
        endpoint = new ReferrersEndpoint(counted(), metadata::generation, content);
    }

    @AfterEach
    void close() throws Exception {
        metadata.close();
    }

    @Test
    void thousands_of_copies_of_an_entry_are_asked_for_once_and_listed_once() throws Exception {
        Descriptor image = image("image");
        putIndex(entry(image.digest()), 5_000, entry(digest("nowhere")));
        assertEquals(List.of(image.digest()), list());
        assertEquals(3, questions.get(), "for the tag, for what is listed, for other referrers");
    }

    @Test
    void thousands_of_entries_that_are_not_here_are_asked_for_together() throws Exception {
        StringBuilder entries = new StringBuilder(entry(image("image").digest()));
        for (int i = 0; i < 5_000; i++) {
            entries.append(',').append(entry(digest("nowhere " + i)));
        }
        putIndex(entries.toString(), 1, entry(digest("nowhere")));
        assertEquals(1, list().size());
        assertEquals(3, questions.get());
    }

    @Test
    void an_index_is_read_once_and_its_entries_come_and_go_all_the_same() throws Exception {
        Descriptor one = image("one");
        Descriptor two = image("two");
        Digest index = putIndex(entry(one.digest()), 1, entry(two.digest()));
        assertEquals(2, list().size());
        Files.delete(content.path(index));
        assertEquals(2, list().size());
        metadata.manifests().delete(APP, one.digest());
        assertEquals(List.of(two.digest()), list());
        image("one");
        assertEquals(2, list().size());
    }

    private List<Digest> list() throws Exception {
        Response response = endpoint.list(new Route.ListReferrers(APP, SUBJECT), Query.parse(""));
        byte[] document = ((Response.Bytes) response.content()).bytes();
        ImageIndex index =
                (ImageIndex)
                        OciJson.readManifest(document, Optional.of(MediaType.OCI_INDEX)).value();
        return index.manifests().stream().map(Descriptor::digest).toList();
    }

    private ManifestIndex counted() {
        return (ManifestIndex)
                Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {ManifestIndex.class},
                        (_, method, arguments) -> {
                            questions.incrementAndGet();
                            try {
                                return method.invoke(metadata.manifests(), arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    private Descriptor image(String name) throws Exception {
        Descriptor config =
                Descriptor.of(MediaType.OCI_CONFIG, name.getBytes(StandardCharsets.UTF_8));
        byte[] bytes = OciJson.encode(ImageManifest.of(config, List.of())).bytes();
        put(bytes, MediaType.OCI_MANIFEST, List.of());
        return Descriptor.of(MediaType.OCI_MANIFEST, bytes);
    }

    private Digest putIndex(String many, int times, String last) throws Exception {
        String index =
                "{\"schemaVersion\":2,\"mediaType\":\""
                        + MediaType.OCI_INDEX
                        + "\",\"manifests\":["
                        + (many + ",").repeat(times)
                        + last
                        + "]}";
        byte[] bytes = index.getBytes(StandardCharsets.UTF_8);
        put(bytes, MediaType.OCI_INDEX, List.of(FallbackReferrers.tag(SUBJECT)));
        return Digest.sha256(bytes);
    }

    private void put(byte[] bytes, MediaType type, List<Tag> tags) throws Exception {
        ManifestIndex.Addition addition =
                ManifestContent.read(bytes, Digest.sha256(bytes), Optional.of(type)).sparse();
        try (ContentStore.Hold hold = content.hold(addition.descriptor().digest())) {
            hold.put(bytes);
            ManifestIndex.Outcome outcome =
                    metadata.manifests()
                            .put(APP, addition, tags, new ManifestIndex.Condition.Always());
            assertEquals(new ManifestIndex.Outcome.Stored(), outcome);
            hold.known();
        }
    }

    /// An entry of an index; of the right size, where it is here.
    private String entry(Digest digest) throws Exception {
        long size = content.has(digest) ? Files.size(content.path(digest)) : 1;
        return "{\"mediaType\":\""
                + MediaType.OCI_MANIFEST
                + "\",\"digest\":\""
                + digest
                + "\",\"size\":"
                + size
                + "}";
    }

    private static Digest digest(String text) {
        return Digest.sha256(text.getBytes(StandardCharsets.UTF_8));
    }
}
