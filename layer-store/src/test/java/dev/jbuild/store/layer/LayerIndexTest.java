package dev.jbuild.store.layer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.store.TempSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerIndexTest {
    private static final DiffId DIFF_ID = new DiffId(Digest.sha256("tar".getBytes(UTF_8)));

    @TempDir Path root;
    private TempSpace temp;
    private LayerIndex index;

    @BeforeEach
    void open() throws IOException {
        temp = TempSpace.open(root.resolve("tmp"));
        index = new LayerIndex(root.resolve("layers"), temp);
    }

    @AfterEach
    void close() throws IOException {
        temp.close();
    }

    @Test
    void layer_never_recorded_has_no_form() throws IOException {
        assertEquals(List.of(), index.find(DIFF_ID));
        assertEquals(List.of(), index.list());
    }

    @Test
    void recorded_form_is_found_by_diff_id_and_compression() throws IOException {
        Layer gzip = layer(Compression.GZIP);
        Layer zstd = layer(Compression.ZSTD);
        index.put(gzip);
        index.put(zstd);
        assertEquals(List.of(zstd, gzip), index.find(DIFF_ID));
        assertEquals(Optional.of(gzip), index.find(DIFF_ID, Compression.GZIP));
        assertEquals(Optional.empty(), index.find(DIFF_ID, Compression.NONE));
        assertEquals(List.of(DIFF_ID), index.list());
    }

    @Test
    void form_recorded_twice_stands_there_once() throws IOException {
        index.put(layer(Compression.GZIP));
        index.put(layer(Compression.ZSTD));
        index.put(layer(Compression.GZIP));
        assertEquals(2, index.find(DIFF_ID).size());
    }

    @Test
    void damaged_record_is_named_with_the_remedy() throws IOException {
        index.put(layer(Compression.GZIP));
        Path file = root.resolve("layers/sha256").resolve(DIFF_ID.digest().hex());
        Files.writeString(file, "{");
        IOException e = assertThrows(IOException.class, () -> index.find(DIFF_ID));
        assertTrue(e.toString().contains("'" + file + "' is damaged; remove it"));
    }

    private static Layer layer(Compression compression) {
        byte[] content = compression.name().getBytes(UTF_8);
        return new Layer(
                Descriptor.of(compression.mediaType(), content), DIFF_ID, 3, "test/1 level=4");
    }
}
