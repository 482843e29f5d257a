package dev.jbuild.store.layer;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/// Random trees as lists of entries, unusual names, owners, times and attributes among them.
final class RandomEntries {
    private RandomEntries() {}

    /// @param content of a regular file; empty for anything else
    record Item(TarEntry entry, ByteString content) {
        void addTo(LayerSink sink) throws IOException {
            if (entry instanceof TarEntry.RegularFile file) {
                sink.add(file, new ByteArrayInputStream(content.bytes()));
            } else {
                sink.add(entry);
            }
        }
    }

    static List<Item> of(Random random, int count) {
        List<Item> items = new ArrayList<>();
        List<EntryPath> directories = new ArrayList<>(List.of(EntryPath.ROOT));
        List<EntryPath> files = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            EntryPath parent = directories.get(random.nextInt(directories.size()));
            EntryPath path = parent.child(name(random) + i);
            Metadata metadata = metadata(random);
            byte[] content = new byte[0];
            TarEntry entry =
                    switch (random.nextInt(8)) {
                        case 0, 1 -> new TarEntry.Directory(path, metadata);
                        case 2 ->
                                new TarEntry.Symlink(
                                        path, metadata, ByteString.of(bytes(random, 1, 150)));
                        case 3 ->
                                files.isEmpty()
                                        ? new TarEntry.Fifo(path, metadata)
                                        : new TarEntry.HardLink(
                                                path,
                                                metadata,
                                                files.get(random.nextInt(files.size())));
                        case 4 ->
                                new TarEntry.Device(
                                        path,
                                        metadata,
                                        random.nextBoolean(),
                                        random.nextInt(4096),
                                        random.nextInt(1 << 20));
                        default -> {
                            content = new byte[random.nextInt(3000)];
                            random.nextBytes(content);
                            yield new TarEntry.RegularFile(path, metadata, content.length);
                        }
                    };
            switch (entry) {
                case TarEntry.Directory directory -> directories.add(directory.path());
                case TarEntry.RegularFile file -> files.add(file.path());
                case TarEntry.Symlink _,
                        TarEntry.HardLink _,
                        TarEntry.Device _,
                        TarEntry.Fifo _ -> {}
            }
            items.add(new Item(entry, ByteString.of(content)));
        }
        return items;
    }

    private static String name(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> "plain";
            case 1 -> "l".repeat(1 + random.nextInt(120));
            case 2 -> EntryPath.of("größe-日").latin1();
            default -> ByteString.of(bytes(random, 1, 20)).latin1().replace('/', '_') + "x";
        };
    }

    private static Metadata metadata(Random random) {
        TreeMap<String, ByteString> xattrs = new TreeMap<>();
        for (int i = random.nextInt(4) - 1; i > 0; i--) {
            byte[] value = new byte[random.nextInt(200)];
            random.nextBytes(value);
            xattrs.put("user.x" + i, ByteString.of(value));
        }
        long seconds =
                switch (random.nextInt(3)) {
                    case 0 -> random.nextInt();
                    case 1 -> random.nextLong(-20_000_000_000L, 20_000_000_000L);
                    default -> 1_700_000_000;
                };
        return new Metadata(
                random.nextInt(07777 + 1),
                random.nextBoolean() ? random.nextInt(1000) : random.nextLong(0xffff_ffffL),
                random.nextBoolean() ? 0 : random.nextLong(0xffff_ffffL),
                Instant.ofEpochSecond(
                        seconds, random.nextBoolean() ? 0 : random.nextInt(1_000_000_000)),
                xattrs);
    }

    /// Any bytes but NUL.
    private static byte[] bytes(Random random, int min, int max) {
        byte[] bytes = new byte[random.nextInt(min, max)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (1 + random.nextInt(255));
        }
        return bytes;
    }
}
