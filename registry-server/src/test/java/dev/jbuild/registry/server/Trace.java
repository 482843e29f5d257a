package dev.jbuild.registry.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads what `strace -f -y -xx` wrote about a server and plays the changes to its root on a
/// [DiskModel], call by call. Calls that overlap take effect when they end; a sync covers what had
/// ended when it began; an answer counts from when its writing began.
final class Trace {
    static final String CALLS =
            "trace=openat,close,lseek,write,writev,pwrite64,ftruncate,fsync,fdatasync,link,linkat,"
                    + "rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,sendto";

    /// Told after each change of the disk, and of each answer to a client.
    interface Listener {
        void changed(DiskModel disk) throws IOException;

        /// @param head the answer's first bytes
        void answered(String head);
    }

    private final Path root;
    private final DiskModel disk;
    private final Listener listener;
    private final Map<Integer, Long> offsets = new HashMap<>();
    private final Map<String, String> begun = new HashMap<>();
    private final Map<String, Runnable> syncs = new HashMap<>();

    Trace(Path root, DiskModel disk, Listener listener) {
        this.root = root;
        this.disk = disk;
        this.listener = listener;
    }

    static List<String> command(Path file) {
        return List.of(
                "strace", "-f", "-y", "-xx", "-s", "1000000", "-e", CALLS, "-o", file.toString());
    }

    void play(Path file) throws IOException {
        try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            for (String line : (Iterable<String>) lines::iterator) {
                play(line);
            }
        }
    }

    private void play(String line) throws IOException {
        int space = line.indexOf(' ');
        String thread = line.substring(0, space);
        String rest = line.substring(space).strip();
        if (rest.startsWith("<... ")) {
            String start = begun.remove(thread);
            if (start != null) {
                ended(thread, start + rest.substring(rest.indexOf('>') + 1));
            }
        } else if (rest.endsWith("<unfinished ...>")) {
            String start = rest.substring(0, rest.length() - "<unfinished ...>".length()).strip();
            begun.put(thread, start);
            begins(thread, start);
        } else if (rest.indexOf('(') > 0) {
            begins(thread, rest);
            ended(thread, rest);
        }
    }

    private void begins(String thread, String call) {
        String name = call.substring(0, call.indexOf('('));
        List<String> arguments = arguments(call);
        if (name.equals("fsync") || name.equals("fdatasync")) {
            DiskModel.Node node = node(arguments.getFirst());
            syncs.put(thread, node == null ? () -> {} : node.beginSync());
        } else if ((name.equals("write") || name.equals("writev") || name.equals("sendto"))
                && arguments.getFirst().contains("<" + hex("socket:"))) {
            String data = call.substring(call.indexOf('"') + 1);
            String head =
                    new String(
                            bytes(data.substring(0, data.indexOf('"'))),
                            StandardCharsets.ISO_8859_1);
            if (head.startsWith("HTTP/1.1 ")) {
                listener.answered(head);
            }
        }
    }

    private void ended(String thread, String call) throws IOException {
        int equals = call.lastIndexOf(" = ");
        if (equals < 0 || call.startsWith("-", equals + 3) || call.startsWith("?", equals + 3)) {
            return; // it failed, or the process was killed in it
        }
        String name = call.substring(0, call.indexOf('('));
        List<String> arguments = arguments(call.substring(0, equals));
        String result = call.substring(equals + 3).strip();
        if (apply(thread, name, arguments, result)) {
            listener.changed(disk);
        }
    }

    /// @return whether it changed the disk
    private boolean apply(String thread, String name, List<String> a, String result) {
        switch (name) {
            case "openat" -> {
                int descriptor = descriptor(result);
                offsets.put(descriptor, 0L);
                return isInside(result)
                        && a.get(2).contains("O_CREAT")
                        && open(relative(path(result)), a.get(2));
            }
            case "lseek" -> {
                offsets.put(descriptor(a.getFirst()), Long.parseLong(result.split(" ", 2)[0]));
                return false;
            }
            case "write" -> {
                int descriptor = descriptor(a.getFirst());
                DiskModel.Node node = node(a.getFirst());
                if (node == null) {
                    return false;
                }
                long offset = offsets.getOrDefault(descriptor, 0L);
                byte[] bytes = data(a.get(1), result);
                node.write(offset, bytes);
                offsets.put(descriptor, offset + bytes.length);
                return true;
            }
            case "pwrite64" -> {
                DiskModel.Node node = node(a.getFirst());
                if (node != null) {
                    node.write(Long.parseLong(a.get(3)), data(a.get(1), result));
                }
                return node != null;
            }
            case "ftruncate" -> {
                DiskModel.Node node = node(a.getFirst());
                if (node != null) {
                    node.truncate(Long.parseLong(a.get(1)));
                }
                return node != null;
            }
            case "fsync", "fdatasync" -> {
                Runnable sync = syncs.remove(thread);
                if (sync != null) {
                    sync.run();
                }
                return node(a.getFirst()) != null;
            }
            case "link", "rename" -> {
                return move(name, quoted(a.get(0)), quoted(a.get(1)));
            }
            case "linkat", "renameat", "renameat2" -> {
                return move(name, at(a.get(0), a.get(1)), at(a.get(2), a.get(3)));
            }
            case "unlink", "rmdir" -> {
                return remove(quoted(a.getFirst()));
            }
            case "unlinkat" -> {
                return remove(at(a.get(0), a.get(1)));
            }
            case "mkdir" -> {
                return makeDirectory(quoted(a.getFirst()));
            }
            case "mkdirat" -> {
                return makeDirectory(at(a.get(0), a.get(1)));
            }
            default -> {
                return false;
            }
        }
    }

    private boolean open(Path path, String flags) {
        disk.create(path, false);
        DiskModel.Node node = disk.find(path);
        if (flags.contains("O_TRUNC") && node != null) {
            node.truncate(0);
        }
        return true;
    }

    private boolean move(String call, Path from, Path to) {
        if (!from.startsWith(root) || !to.startsWith(root)) {
            return false;
        }
        if (call.startsWith("link")) {
            disk.link(root.relativize(from), root.relativize(to));
        } else {
            disk.rename(root.relativize(from), root.relativize(to));
        }
        return true;
    }

    private boolean remove(Path path) {
        if (path.startsWith(root)) {
            disk.remove(root.relativize(path));
            return true;
        }
        return false;
    }

    private boolean makeDirectory(Path path) {
        if (path.startsWith(root) && !path.equals(root)) {
            disk.create(root.relativize(path), true);
            return true;
        }
        return false;
    }

    private DiskModel.@Nullable Node node(String descriptor) {
        return isInside(descriptor) ? disk.find(relative(path(descriptor))) : null;
    }

    private boolean isInside(String descriptor) {
        return descriptor.indexOf('<') > 0 && Path.of(path(descriptor)).startsWith(root);
    }

    private Path relative(String path) {
        return root.relativize(Path.of(path));
    }

    /// `12<\x2f…>` or what follows it
    private static int descriptor(String text) {
        int end = text.indexOf('<');
        return Integer.parseInt((end < 0 ? text : text.substring(0, end)).strip());
    }

    private static String path(String descriptor) {
        int start = descriptor.indexOf('<') + 1;
        return new String(
                bytes(descriptor.substring(start, descriptor.indexOf('>', start))),
                StandardCharsets.UTF_8);
    }

    private static Path quoted(String argument) {
        return Path.of(
                new String(
                        bytes(argument.substring(1, argument.lastIndexOf('"'))),
                        StandardCharsets.UTF_8));
    }

    private static Path at(String directory, String argument) {
        return directory.indexOf('<') < 0
                ? quoted(argument)
                : Path.of(path(directory)).resolve(quoted(argument));
    }

    private static byte[] data(String argument, String result) {
        byte[] all = bytes(argument.substring(1, argument.lastIndexOf('"')));
        int written = Integer.parseInt(result.split(" ", 2)[0]);
        return Arrays.copyOf(all, written);
    }

    /// Of a call with or without its result.
    private static List<String> arguments(String call) {
        int equals = call.lastIndexOf(" = ");
        String inner =
                call.substring(call.indexOf('(') + 1, equals < 0 ? call.length() : equals)
                        .stripTrailing();
        if (inner.endsWith(")")) {
            inner = inner.substring(0, inner.length() - 1);
        }
        return List.of(inner.split(", ", -1));
    }

    private static String hex(String text) {
        StringBuilder hex = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            hex.append(String.format("\\x%02x", b));
        }
        return hex.toString();
    }

    /// `\x2f\x74…`; characters without a backslash stand for themselves.
    private static byte[] bytes(String text) {
        byte[] out = new byte[text.length()];
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\\' && text.charAt(i + 1) == 'x') {
                out[length++] =
                        (byte)
                                (Character.digit(text.charAt(i + 2), 16) << 4
                                        | Character.digit(text.charAt(i + 3), 16));
                i += 3;
            } else {
                out[length++] = (byte) text.charAt(i);
            }
        }
        return Arrays.copyOf(out, length);
    }
}
