package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.WordException;
import dev.jbuild.dockerfile.text.GoText;
import java.util.Set;

/// The signals of Linux by name or number, as STOPSIGNAL takes them.
public final class Signals {
    private static final Set<String> NAMES =
            Set.of(
                    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO",
                    "IOT", "KILL", "PIPE", "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP",
                    "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM",
                    "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX");

    private Signals() {}

    /// @param signal expanded
    /// @throws WordException if there is no such signal: a build is to refuse it, as BuildKit does
    public static void check(String signal) throws WordException {
        boolean number = signal.matches("[+-]?[0-9]{1,9}");
        if (number && Integer.parseInt(signal) != 0) {
            return;
        }
        String name = GoText.upper(signal);
        if (name.startsWith("SIG")) {
            name = name.substring(3);
        }
        boolean realTime = name.matches("RTMIN\\+([1-9]|1[0-5])|RTMAX-([1-9]|1[0-4])");
        if (number || !(NAMES.contains(name) || realTime)) {
            throw new WordException(
                    "invalid signal: " + signal,
                    "write a name such as SIGTERM, or a number",
                    signal);
        }
    }
}
