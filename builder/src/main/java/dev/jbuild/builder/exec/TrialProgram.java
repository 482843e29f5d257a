package dev.jbuild.builder.exec;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;

/// A program that ends with exit code 0 and needs no file but itself: a trial of a runtime needs no
/// image, and no static program that the host may not have.
final class TrialProgram {
    private static final long ADDRESS = 0x400000;
    private static final int HEADERS = 64 + 56; // of the file and its one segment
    private static final short X86_64 = 62;
    private static final short AARCH64 = 183;

    private TrialProgram() {}

    static void write(Path file, String architecture) throws IOException {
        Files.write(file, bytes(architecture));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static byte[] bytes(String architecture) throws IOException {
        return switch (architecture) {
            // xor edi, edi; mov eax, 231 (exit_group); syscall
            case "amd64" -> elf(X86_64, "31ff" + "b8e7000000" + "0f05");
            // mov x0, 0; mov x8, 94 (exit_group); svc 0
            case "aarch64" -> elf(AARCH64, "000080d2" + "c80b80d2" + "010000d4");
            default ->
                    throw new IOException(
                            "RUN is not supported on the architecture '"
                                    + architecture
                                    + "' (only on amd64 and aarch64)");
        };
    }

    /// An executable of one segment (elf(5)).
    private static byte[] elf(short machine, String hexCode) {
        byte[] code = HexFormat.of().parseHex(hexCode);
        int size = HEADERS + code.length;
        ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        out.put(HexFormat.of().parseHex("7f454c46" + "020101" + "000000000000000000"));
        out.putShort((short) 2).putShort(machine).putInt(1); // executable, version 1
        out.putLong(ADDRESS + HEADERS).putLong(64).putLong(0); // entry, segments, no sections
        out.putInt(0).putShort((short) 64).putShort((short) 56).putShort((short) 1);
        out.putShort((short) 64).putShort((short) 0).putShort((short) 0);
        out.putInt(1).putInt(5).putLong(0); // load, readable and executable, from the beginning
        out.putLong(ADDRESS).putLong(ADDRESS).putLong(size).putLong(size).putLong(0x1000);
        return out.put(code).array();
    }
}
