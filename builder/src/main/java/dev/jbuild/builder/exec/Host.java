package dev.jbuild.builder.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the configuration of a container has to know about this process and its kernel.
///
/// @param userNamespace whether uid 0 here is not the uid 0 of the machine
/// @param openFiles the hard limit of open files
/// @param capabilities the names of those that this process can give on, as `CAP_CHOWN`
/// @param architecture as the JVM names it: `amd64`, `aarch64`
record Host(boolean userNamespace, long openFiles, List<String> capabilities, String architecture) {
    private static final Pattern WHOLE_MAP = Pattern.compile("\\s*0\\s+0\\s+4294967295\\s*");
    private static final Pattern OPEN_FILES =
            Pattern.compile("(?m)^Max open files\\s+\\S+\\s+(\\S+)");
    private static final Pattern BOUNDING = Pattern.compile("(?m)^CapBnd:\\s+(\\p{XDigit}+)");

    Host {
        capabilities = List.copyOf(capabilities);
    }

    static Host current() throws IOException {
        Path self = Path.of("/proc/self");
        return new Host(
                !WHOLE_MAP.matcher(Files.readString(self.resolve("uid_map"))).matches(),
                openFiles(Files.readString(self.resolve("limits"))),
                bounding(Files.readString(self.resolve("status"))),
                System.getProperty("os.arch"));
    }

    static long openFiles(String limits) throws IOException {
        Matcher matcher = OPEN_FILES.matcher(limits);
        if (!matcher.find()) {
            throw new IOException("/proc/self/limits: no line 'Max open files'");
        }
        String hard = matcher.group(1);
        return hard.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(hard);
    }

    static List<String> bounding(String status) throws IOException {
        Matcher matcher = BOUNDING.matcher(status);
        if (!matcher.find()) {
            throw new IOException("/proc/self/status: no line 'CapBnd'");
        }
        return LinuxCapabilities.of(Long.parseUnsignedLong(matcher.group(1), 16));
    }
}
