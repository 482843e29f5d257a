package dev.jbuild.store.layout;

import dev.jbuild.oci.ImageReference;
import dev.jbuild.store.NamedImage;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layer.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;

/// Small images and archives for tests.
final class TestImages {
    private static final Metadata FILE =
            new Metadata(0644, 0, 0, Instant.parse("2024-05-06T07:08:09Z"));

    private TestImages() {}

    /// An image of one layer with one file.
    static NamedImage create(Store store, String name, String content) throws IOException {
        return RootfsImport.into(store)
                .run(
                        new ByteArrayInputStream(tar(Map.of("etc/motd", content))),
                        "rootfs.tar",
                        ImageReference.parse(name));
    }

    /// A tar of files.
    static byte[] tar(Map<String, String> files) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TarWriter tar = new TarWriter(out);
        for (Map.Entry<String, String> file : files.entrySet()) {
            byte[] content = file.getValue().getBytes(StandardCharsets.ISO_8859_1);
            tar.add(
                    new TarEntry.RegularFile(EntryPath.of(file.getKey()), FILE, content.length),
                    new ByteArrayInputStream(content));
        }
        tar.finish();
        return out.toByteArray();
    }
}
