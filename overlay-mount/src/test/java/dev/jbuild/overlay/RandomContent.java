package dev.jbuild.overlay;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;

/// What files have in them, chosen by a seed: nothing, some bytes, what just fits blocks of disks
/// and of tar or just doesn't, once in a while more than a megabyte, and holes.
final class RandomContent {
    private static final int BLOCK = 4096;
    private static final int RECORD = 512;
    private static final int READ = 128 * 1024;
    private static final int LARGE = 1 << 20;

    private final Random random;

    RandomContent(Random random) {
        this.random = random;
    }

    /// Makes the file if it is not there.
    void replace(Path file) throws IOException {
        if (random.nextInt(6) == 0) {
            sparse(file);
        } else {
            Files.write(file, bytes(size()));
        }
    }

    /// Changes what is there: a part of it, its end, or its size.
    void change(Path file) throws IOException {
        withChannel(
                file,
                open -> {
                    switch (random.nextInt(5)) {
                        case 0 -> write(open, open.size(), bytes(random.nextInt(5)));
                        case 1 -> write(open, open.size(), bytes(size()));
                        case 2 -> open.truncate(upTo(open.size()));
                        case 3 -> lengthen(open, open.size() + random.nextInt(READ));
                        case 4 -> write(open, upTo(open.size()), bytes(random.nextInt(BLOCK)));
                        default -> throw new IllegalStateException();
                    }
                });
    }

    /// Other bytes, or one, or zeros, where there were bytes before.
    void rewrite(Path file) throws IOException {
        byte fill = random.nextInt(4) == 0 ? 0 : (byte) random.nextInt();
        boolean all = random.nextBoolean();
        withChannel(
                file,
                open -> {
                    int size = Math.toIntExact(open.size());
                    byte[] content = new byte[all ? size : Math.min(1, size)];
                    Arrays.fill(content, fill);
                    write(open, all ? 0 : upTo(Math.max(size - 1, 0)), content);
                });
    }

    private void sparse(Path file) throws IOException {
        Files.write(file, new byte[0]);
        int most = random.nextInt(8) == 0 ? 3 * LARGE : 60 * BLOCK;
        withChannel(
                file,
                open -> {
                    for (int i = random.nextInt(4); i > 0; i--) {
                        long at = random.nextInt(most);
                        write(open, at, bytes(1 + random.nextInt(2 * BLOCK)));
                    }
                    if (random.nextBoolean()) {
                        lengthen(open, open.size() + random.nextInt(most));
                    }
                });
    }

    private static void write(FileChannel open, long at, byte[] bytes) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) {
            open.write(rest, at + rest.position());
        }
    }

    /// By a hole.
    private static void lengthen(FileChannel open, long size) throws IOException {
        write(open, size, new byte[1]);
        open.truncate(size);
    }

    private int size() {
        return switch (random.nextInt(16)) {
            case 0, 1 -> 0;
            case 2, 3, 4 -> 1 + random.nextInt(4);
            case 5, 6, 7 -> random.nextInt(BLOCK);
            case 8, 9 -> RECORD * (1 + random.nextInt(20)) + random.nextInt(3) - 1;
            case 10, 11 -> BLOCK * (1 + random.nextInt(3)) + random.nextInt(3) - 1;
            case 12, 13 -> BLOCK + random.nextInt(15 * BLOCK);
            case 14 -> READ + random.nextInt(3) - 1;
            case 15 -> random.nextInt(3) == 0 ? LARGE + random.nextInt(LARGE) : 2 * BLOCK;
            default -> throw new IllegalStateException();
        };
    }

    private byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        if (random.nextInt(5) > 0) { // else zeros
            random.nextBytes(bytes);
        }
        return bytes;
    }

    private long upTo(long most) {
        return random.nextLong(most + 1);
    }

    private interface Access {
        void to(FileChannel open) throws IOException;
    }

    /// Not a `RandomAccessFile`, which takes no names but valid ones.
    private static void withChannel(Path file, Access access) throws IOException {
        try (FileChannel open = FileChannel.open(file, StandardOpenOption.WRITE)) {
            access.to(open);
        }
    }
}
