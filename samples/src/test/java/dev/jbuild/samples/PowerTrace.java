package dev.jbuild.samples;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Plays what `strace` recorded of one command on a [PowerDisk], call by call. Calls that overlap
/// take effect when they end; a sync covers what had ended when it began.
///
/// @param root the directory that is modelled
/// @param changed told after each call that changed the disk
record PowerTrace(Path root, PowerDisk disk, Listener changed) {
    private static final String UNFINISHED = "<unfinished ...>";

    /// Where an overlay is mounted for a step: not in the root, though its path is.
    private static final Pattern MOUNTED =
            Pattern.compile("/snapshots/overlay/active/[^/]+/[^/]+/root(/|$)");

    interface Listener {
        void changed() throws IOException;
    }

    /// An open file or directory of the root.
    private static final class Open {
        private final PowerDisk.Node node;
        private long offset;

        Open(PowerDisk.Node node) {
            this.node = node;
        }
    }

    static List<String> command(Path record) {
        return command(record, "--seccomp-bpf");
    }

    /// For a process that is killed when a thread of it begins its `count`-th fsync. Where only
    /// the calls of interest stop it, strace injects no signals.
    static List<String> killing(Path record, int count) {
        return command(record, "-e", "inject=fsync,fdatasync:signal=KILL:when=" + count);
    }

    private static List<String> command(Path record, String... extra) {
        String calls =
                "trace=openat,close,lseek,write,writev,pwrite64,ftruncate,fsync,fdatasync,syncfs,"
                        + "link,linkat,symlink,symlinkat,rename,renameat,renameat2,unlink,unlinkat,"
                        + "rmdir,mkdir,mkdirat";
        return Stream.of(
                        Stream.of("strace", "-f", "-y", "-xx", "-s", "4000000"),
                        Stream.of("-e", calls),
                        Stream.of(extra),
                        Stream.of("-o", record.toString()))
                .flatMap(words -> words)
                .toList();
    }

    void play(Path record) throws IOException {
        Player player = new Player();
        try (Stream<String> lines = Files.lines(record, StandardCharsets.ISO_8859_1)) {
            for (String line : (Iterable<String>) lines::iterator) {
                player.line(line);
            }
        }
    }

    private final class Player {
        private final Map<Integer, Open> open = new HashMap<>();
        private final Map<String, String> begun = new HashMap<>();
        private final Map<String, Runnable> syncs = new HashMap<>();

        void line(String line) throws IOException {
            int space = line.indexOf(' ');
            String thread = line.substring(0, space);
            String rest = line.substring(space).strip();
            if (rest.startsWith("<... ")) {
                String start = begun.remove(thread);
                if (start != null) {
                    ended(thread, start + rest.substring(rest.indexOf('>') + 1));
                }
            } else if (rest.endsWith(UNFINISHED)) {
                String start = rest.substring(0, rest.length() - UNFINISHED.length()).strip();
                begun.put(thread, start);
                begins(thread, start);
            } else if (rest.indexOf('(') > 0) {
                begins(thread, rest);
                ended(thread, rest);
            }
        }

        private void begins(String thread, String call) {
            switch (name(call)) {
                case "fsync", "fdatasync" -> {
                    Open file = open.get(descriptor(arguments(call).getFirst()));
                    syncs.put(thread, file == null ? () -> {} : file.node.beginSync());
                }
                case "syncfs" -> syncs.put(thread, disk.beginSync());
                default -> {}
            }
        }

        private void ended(String thread, String call) throws IOException {
            int equals = call.lastIndexOf(" = ");
            if (equals < 0
                    || call.startsWith("-", equals + 3)
                    || call.startsWith("?", equals + 3)) {
                return; // it failed, or the process was killed in it
            }
            String result = call.substring(equals + 3).strip();
            if (apply(thread, name(call), arguments(call.substring(0, equals)), result)) {
                changed.changed();
            }
        }

        /// @return whether it changed the disk
        private boolean apply(String thread, String name, List<String> a, String result) {
            return switch (name) {
                case "openat" -> open(a, result);
                case "close" -> {
                    open.remove(descriptor(a.getFirst()));
                    yield false;
                }
                case "lseek" -> {
                    Open file = open.get(descriptor(a.getFirst()));
                    if (file != null) {
                        file.offset = Long.parseLong(result.split(" ", 2)[0]);
                    }
                    yield false;
                }
                case "write" -> {
                    Open file = open.get(descriptor(a.getFirst()));
                    if (file != null) {
                        byte[] bytes = data(a.get(1), result);
                        file.node.write(file.offset, bytes);
                        file.offset += bytes.length;
                    }
                    yield file != null;
                }
                case "pwrite64" -> {
                    Open file = open.get(descriptor(a.getFirst()));
                    if (file != null) {
                        file.node.write(Long.parseLong(a.get(3)), data(a.get(1), result));
                    }
                    yield file != null;
                }
                case "ftruncate" -> {
                    Open file = open.get(descriptor(a.getFirst()));
                    if (file != null) {
                        file.node.truncate(Long.parseLong(a.get(1)));
                    }
                    yield file != null;
                }
                case "writev" -> {
                    if (open.containsKey(descriptor(a.getFirst()))) {
                        throw new IllegalStateException("writev isn't modelled: " + a.getFirst());
                    }
                    yield false;
                }
                case "fsync", "fdatasync", "syncfs" -> {
                    Runnable sync = syncs.remove(thread);
                    if (sync != null) {
                        sync.run();
                    }
                    yield true;
                }
                case "link", "rename" -> move(name, text(a.get(0)), text(a.get(1)));
                case "linkat", "renameat", "renameat2" ->
                        move(name, at(a.get(0), a.get(1)), at(a.get(2), a.get(3)));
                case "symlink" -> symlink(text(a.get(0)), text(a.get(1)));
                case "symlinkat" -> symlink(text(a.get(0)), at(a.get(1), a.get(2)));
                case "unlink", "rmdir" -> remove(text(a.getFirst()));
                case "unlinkat" -> remove(at(a.get(0), a.get(1)));
                case "mkdir" -> makeDirectory(text(a.getFirst()));
                case "mkdirat" -> makeDirectory(at(a.get(0), a.get(1)));
                default -> false;
            };
        }

        private boolean open(List<String> a, String result) {
            Path path = Path.of(path(result));
            int descriptor = descriptor(result);
            open.remove(descriptor);
            if (!isInside(path.toString())) {
                return false;
            }
            Path inside = root.relativize(path);
            boolean isNew = disk.find(inside) == null;
            if (isNew && !a.get(2).contains("O_CREAT")) {
                return false; // what a mount or a process that isn't traced has put there
            }
            PowerDisk.Node node = disk.fileOrDirectory(inside);
            Open file = new Open(node);
            open.put(descriptor, file);
            boolean truncates = a.get(2).contains("O_TRUNC") && node.size() > 0;
            if (truncates) {
                node.truncate(0);
            }
            if (a.get(2).contains("O_APPEND")) {
                file.offset = node.size();
            }
            return isNew || truncates;
        }

        private boolean move(String call, String from, String to) {
            if (!isInside(from) || !isInside(to)) {
                return false;
            }
            if (call.startsWith("link")) {
                disk.link(inside(from), inside(to));
            } else {
                disk.rename(inside(from), inside(to));
            }
            return true;
        }

        private boolean symlink(String target, String path) {
            if (isInside(path)) {
                disk.symlink(inside(path), target);
            }
            return isInside(path);
        }

        private boolean remove(String path) {
            if (isInside(path)) {
                disk.remove(inside(path));
            }
            return isInside(path);
        }

        private boolean makeDirectory(String path) {
            if (isInside(path) && !Path.of(path).equals(root)) {
                disk.makeDirectory(inside(path));
                return true;
            }
            return false;
        }

        private boolean isInside(String path) {
            return Path.of(path).startsWith(root) && !MOUNTED.matcher(path).find();
        }

        private Path inside(String path) {
            return root.relativize(Path.of(path));
        }
    }

    private static String name(String call) {
        return call.substring(0, call.indexOf('('));
    }

    /// `12<\x2f…>`, or what follows it.
    private static int descriptor(String text) {
        int end = text.indexOf('<');
        String number = (end < 0 ? text : text.substring(0, end)).strip();
        return number.equals("AT_FDCWD") ? -1 : Integer.parseInt(number);
    }

    private static String path(String descriptor) {
        int start = descriptor.indexOf('<') + 1;
        int end = descriptor.indexOf('>', start);
        return new String(bytes(descriptor.substring(start, end)), StandardCharsets.UTF_8);
    }

    private static String text(String quoted) {
        String inner = quoted.substring(quoted.indexOf('"') + 1, quoted.lastIndexOf('"'));
        return new String(bytes(inner), StandardCharsets.UTF_8);
    }

    private static String at(String directory, String quoted) {
        String name = text(quoted);
        return directory.indexOf('<') < 0
                ? name
                : Path.of(path(directory)).resolve(name).toString();
    }

    private static byte[] data(String quoted, String result) {
        byte[] all = bytes(quoted.substring(1, quoted.lastIndexOf('"')));
        int written = Integer.parseInt(result.split(" ", 2)[0]);
        if (written > all.length) {
            throw new IllegalStateException("strace cut what was written, of " + written);
        }
        return Arrays.copyOf(all, written);
    }

    /// Nothing in them is not hexadecimal but what strace itself says.
    private static List<String> arguments(String call) {
        String inner = call.substring(call.indexOf('(') + 1);
        int equals = inner.lastIndexOf(" = ");
        inner = (equals < 0 ? inner : inner.substring(0, equals)).stripTrailing();
        if (inner.endsWith(")")) {
            inner = inner.substring(0, inner.length() - 1);
        }
        return List.of(inner.split(", ", -1));
    }

    /// `\x2f\x74…`; characters without a backslash stand for themselves.
    private static byte[] bytes(String text) {
        byte[] out = new byte[text.length()];
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\\' && text.charAt(i + 1) == 'x') {
                int high = Character.digit(text.charAt(i + 2), 16);
                int low = Character.digit(text.charAt(i + 3), 16);
                out[length++] = (byte) (high << 4 | low);
                i += 3;
            } else {
                out[length++] = (byte) text.charAt(i);
            }
        }
        return Arrays.copyOf(out, length);
    }
}
