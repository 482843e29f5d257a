package dev.jbuild.builder.compare;

import static dev.jbuild.builder.compare.Images.PLAIN;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.jbuild.builder.compare.Difference.Document;
import dev.jbuild.builder.compare.Images.Tar;
import dev.jbuild.oci.ContainerConfig;
import dev.jbuild.oci.Json;
import dev.jbuild.store.layer.Compression;
import dev.jbuild.store.layer.Layer;
import dev.jbuild.store.layer.LayerOptions;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageComparisonTest {
    private static final String CONFIG =
            """
            {"architecture":"amd64","os":"linux","config":%s,"rootfs":{"type":"layers","diff_ids":[]}}\
            """;

    private Store store;
    private Images images;

    @BeforeEach
    void open(@TempDir Path directory) throws IOException {
        store = Store.open(directory.resolve("store"));
        images = new Images(store);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void the_same_image_has_no_differences() throws Exception {
        byte[] tar = new Tar().file("a", "1").finish();
        assertEquals(List.of(), compare(images.image(tar), images.image(tar)));
    }

    @Test
    void the_same_tar_compressed_otherwise_is_told_with_the_encoders() throws Exception {
        byte[] tar = new Tar().file("a", "1").finish();
        LayerOptions one = LayerOptions.of(Compression.GZIP).withLevel(1);
        LayerOptions none = LayerOptions.of(Compression.NONE);
        Layer first = images.layer(tar, one);
        Layer second = images.layer(tar, none);
        List<Difference> found =
                compare(
                        images.image(ContainerConfig.EMPTY, List.of(first)),
                        images.image(ContainerConfig.EMPTY, List.of(second)));
        assertEquals(
                new Difference.Compressed(
                        0,
                        first.diffId(),
                        new Difference.Form(
                                first.descriptor().digest(),
                                first.descriptor().size(),
                                first.encoder()),
                        new Difference.Form(
                                second.descriptor().digest(),
                                second.descriptor().size(),
                                second.encoder())),
                found.getLast());
        assertEquals(
                new Difference.Field(
                        Document.MANIFEST,
                        "layers[0].mediaType",
                        Optional.of("\"application/vnd.oci.image.layer.v1.tar+gzip\""),
                        Optional.of("\"application/vnd.oci.image.layer.v1.tar\"")),
                found.getFirst());
    }

    @Test
    void entries_in_another_order_are_told_with_the_offset_in_the_tar() throws Exception {
        Difference.Content found =
                content(
                        new Tar().file("z", "").file("a", "").file("b", "").finish(),
                        new Tar().file("z", "").file("b", "").file("a", "").finish());
        assertEquals(List.of(), found.files());
        TarDifference tar = found.tar().orElseThrow();
        assertEquals(
                "the order of the entries: 'a' in the first stands where the second has 'b'",
                tar.place());
        assertEquals(512, tar.bytes().from());
    }

    @Test
    void a_header_written_otherwise_is_told_with_the_offset_in_the_tar() throws Exception {
        byte[] first = new Tar().file("a", PLAIN, new byte[600]).file("b", "").finish();
        byte[] second = first.clone();
        int header = 512 + 1024;
        second[header + 265] = 'u'; // the owner's name, which is no part of an entry here
        int checksum = header + 148;
        int sum = Integer.parseInt(new String(first, checksum, 6, UTF_8), 8) + 'u';
        byte[] digits = String.format("%06o", sum).getBytes(UTF_8);
        System.arraycopy(digits, 0, second, checksum, 6);
        TarDifference tar = content(first, second).tar().orElseThrow();
        assertEquals("how the header of 'b' is written", tar.place());
        assertEquals(header + 266, tar.bytes().to());
    }

    @Test
    void padding_at_the_end_of_a_tar_is_told() throws Exception {
        byte[] first = new Tar().file("a", "").finish();
        byte[] second = Arrays.copyOf(first, 10_240);
        TarDifference tar = content(first, second).tar().orElseThrow();
        assertEquals("what follows the last entry", tar.place());
        assertEquals(first.length, tar.bytes().from());
    }

    @Test
    void layers_that_one_image_has_more_are_told() throws Exception {
        byte[] base = new Tar().file("a", "1").finish();
        byte[] top = new Tar().file("b", "1").finish();
        ComparedImage second = images.image(base, top);
        assertEquals(
                List.of(new Difference.MissingLayer(1, false, second.diffId(1), Optional.empty())),
                compare(images.image(base), second));
    }

    @Test
    void variables_are_compared_by_name_and_lists_of_words_as_a_whole() throws Exception {
        assertEquals(
                List.of(
                        field("config.Cmd", "[\"a\"]", "[\"a\",\"b\"]"),
                        new Difference.Field(
                                Document.CONFIG,
                                "config.Env.B",
                                Optional.empty(),
                                Optional.of("\"2\"")),
                        field("config.Env.C", "\"3\"", "\"4\""),
                        field("config.Labels.l", "\"x\"", "\"y\"")),
                configurations(
                        """
                        {"Env":["A=1","C=3"],"Cmd":["a"],"Labels":{"l":"x"}}\
                        """,
                        """
                        {"Env":["B=2","A=1","C=4"],"Cmd":["a","b"],"Labels":{"l":"y"}}\
                        """));
    }

    @Test
    void variables_in_another_order_are_a_difference() throws Exception {
        assertEquals(
                List.of(field("config.Env", "[\"A=1\",\"B=2\"]", "[\"B=2\",\"A=1\"]")),
                configurations("{\"Env\":[\"A=1\",\"B=2\"]}", "{\"Env\":[\"B=2\",\"A=1\"]}"));
    }

    @Test
    void a_member_that_jbuild_does_not_know_is_compared_too() throws Exception {
        assertEquals(
                List.of(field("config.Foreign.x", "1", "2")),
                configurations("{\"Foreign\":{\"x\":1}}", "{\"Foreign\":{\"x\":2}}"));
    }

    @Test
    void the_same_values_as_other_bytes_are_told_apart() throws Exception {
        List<Difference> found = configurations("{\"User\":\"u\"}", "{ \"User\":\"u\"}");
        Difference.Spelling spelling =
                assertInstanceOf(Difference.Spelling.class, found.getFirst());
        assertEquals(Document.CONFIG, spelling.document());
        assertEquals(47, spelling.bytes().from());
    }

    @Test
    void history_is_compared_entry_by_entry() throws Exception {
        List<Difference> found =
                JsonComparison.of(
                        Document.CONFIG,
                        Json.parse("{\"history\":[{\"created_by\":\"a\"}]}".getBytes(UTF_8)),
                        Json.parse("{\"history\":[{\"created_by\":\"b\"},{}]}".getBytes(UTF_8)));
        assertEquals(
                List.of(
                        field("history[0].created_by", "\"a\"", "\"b\""),
                        new Difference.Field(
                                Document.CONFIG,
                                "history[1]",
                                Optional.empty(),
                                Optional.of("{}"))),
                found);
    }

    private List<Difference> configurations(String first, String second) throws IOException {
        return compare(
                images.image(CONFIG.formatted(first).getBytes(UTF_8), List.of()),
                images.image(CONFIG.formatted(second).getBytes(UTF_8), List.of()));
    }

    private Difference.Content content(byte[] first, byte[] second) throws IOException {
        List<Difference> found = compare(images.image(first), images.image(second));
        assertEquals(1, found.size(), found.toString());
        return assertInstanceOf(Difference.Content.class, found.getFirst());
    }

    private static Difference.Field field(String path, String first, String second) {
        return new Difference.Field(Document.CONFIG, path, Optional.of(first), Optional.of(second));
    }

    private static List<Difference> compare(ComparedImage first, ComparedImage second)
            throws IOException {
        return ImageComparison.of(first, second, 20);
    }
}
