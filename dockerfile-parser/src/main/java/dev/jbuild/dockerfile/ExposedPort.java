package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.text.GoText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A word of EXPOSE, expanded: `80`, `80/udp`, `8000-8010`. An address and a host port before
/// it are read and mean nothing.
///
/// @param protocol as written; `tcp` if not written
/// @param mapped whether an address or a host port was written
public record ExposedPort(int first, int last, String protocol, boolean mapped) {
    private static final int HIGHEST = 65_535;

    /// @throws WordException if it is no port, or its protocol is none of tcp, udp and sctp
    public static ExposedPort parse(String word) throws WordException {
        return Parts.of(word).port();
    }

    /// The parts of a word, of which only the protocol has been looked at.
    ///
    /// @param ip empty if not written
    /// @param host empty if not written
    /// @param protocol as written; `tcp` if not written
    public record Parts(String word, String ip, String host, String container, String protocol) {

        /// @throws WordException if there is no port, or the protocol is none of tcp, udp and
        ///     sctp
        public static Parts of(String word) throws WordException {
            List<String> parts = List.of(word.split(":", -1));
            int last = parts.size() - 1;
            String container = parts.getLast();
            int slash = container.indexOf('/');
            String port = slash < 0 ? container : container.substring(0, slash);
            String protocol = slash < 0 ? "" : container.substring(slash + 1);
            if (port.isEmpty()) {
                throw invalid(word, "no port specified");
            }
            if (!List.of("", "tcp", "udp", "sctp").contains(GoText.lower(protocol))) {
                throw invalid(word, "invalid proto: " + protocol);
            }
            return new Parts(
                    word,
                    String.join(":", parts.subList(0, Math.max(0, last - 1))),
                    last > 0 ? parts.get(last - 1) : "",
                    port,
                    protocol.isEmpty() ? "tcp" : protocol);
        }

        /// Whether an address or a host port was written.
        public boolean mapped() {
            return !ip.isEmpty() || !host.isEmpty();
        }

        /// @throws WordException if the address or a port is none
        public ExposedPort port() throws WordException {
            checkAddress(ip, word);
            int[] range = range(container, word, "containerPort");
            if (!host.isEmpty()) {
                int[] hostRange = range(host, word, "hostPort");
                if (range[1] - range[0] != hostRange[1] - hostRange[0] && range[1] != range[0]) {
                    throw problem(
                            "invalid ranges specified for container and host Ports: "
                                    + container
                                    + " and "
                                    + host,
                            word);
                }
            }
            return new ExposedPort(range[0], range[1], protocol, mapped());
        }
    }

    /// As the image's configuration has them: `80/tcp`, one for each port of a range.
    public List<String> specs() {
        List<String> specs = new ArrayList<>();
        for (int port = first; port <= last; port++) {
            specs.add(port + "/" + GoText.lower(protocol));
        }
        return specs;
    }

    private static WordException invalid(String word, String why) {
        return problem("invalid port: " + GoText.quote(word) + ": " + why, word);
    }

    private static WordException problem(String problem, String word) {
        return new WordException(
                problem, "write a port from 0 to 65535, as in 80, 80/udp or 8000-8010/tcp", word);
    }

    private static int[] range(String text, String word, String what) throws WordException {
        int dash = text.indexOf('-');
        Optional<Integer> first = port(dash < 0 ? text : text.substring(0, dash));
        Optional<Integer> last = dash < 0 ? first : port(text.substring(dash + 1));
        if (first.isEmpty() || last.isEmpty()) {
            throw problem("invalid " + what + ": " + text, word);
        }
        if (last.get() < first.get()) {
            throw problem("invalid " + what + ": " + text + ": invalid port range: " + text, word);
        }
        return new int[] {first.get(), last.get()};
    }

    private static Optional<Integer> port(String text) {
        if (!text.matches("\\+?[0-9]+")) {
            return Optional.empty();
        }
        String digits = text.replaceFirst("^\\+?0*(?=[0-9])", "");
        if (digits.length() > 5) {
            return Optional.empty();
        }
        int value = Integer.parseInt(digits);
        return value > HIGHEST ? Optional.empty() : Optional.of(value);
    }

    private static void checkAddress(String ip, String word) throws WordException {
        String bare = ip;
        if (ip.startsWith("[") && ip.endsWith("]")) {
            bare = ip.substring(1, ip.length() - 1);
        }
        if (!ip.isEmpty() && !IpAddress.isValid(bare)) {
            throw problem("invalid IP address: " + ip, word);
        }
    }
}
