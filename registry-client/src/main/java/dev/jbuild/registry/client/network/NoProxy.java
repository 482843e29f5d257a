package dev.jbuild.registry.client.network;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What is reached without a proxy: `NO_PROXY` is a list of `*`, domains (with all below them; with
/// a dot before, only those), addresses and networks such as `10.0.0.0/8`, domains and addresses
/// with a port if that is meant alone. Names are compared as they are and never looked up.
final class NoProxy {
    private final List<String> entries = new ArrayList<>();

    NoProxy(String list) {
        for (String entry : list.split("[,\\s]+", -1)) {
            if (!entry.isEmpty()) {
                entries.add(entry.toLowerCase(Locale.ROOT));
            }
        }
    }

    boolean has(String host, int port) {
        String name = host.toLowerCase(Locale.ROOT).replaceAll("^\\[|\\]$", "");
        Optional<InetAddress> address = literal(name);
        if (name.equals("localhost")
                || address.filter(InetAddress::isLoopbackAddress).isPresent()) {
            return true;
        }
        return entries.stream().anyMatch(entry -> matches(entry, name, address, port));
    }

    private static boolean matches(
            String entry, String name, Optional<InetAddress> address, int port) {
        if (entry.equals("*")) {
            return true;
        }
        int slash = entry.indexOf('/');
        if (slash > 0) {
            return address.isPresent()
                    && literal(entry.substring(0, slash))
                            .filter(net -> isIn(net, entry.substring(slash + 1), address.get()))
                            .isPresent();
        }
        String host = entry;
        int colon = entry.lastIndexOf(':');
        boolean withPort = colon > 0 && (entry.indexOf(':') == colon || entry.contains("]:"));
        if (withPort) {
            if (!entry.substring(colon + 1).equals(String.valueOf(port))) {
                return false;
            }
            host = entry.substring(0, colon);
        }
        host = host.replaceAll("^\\[|\\]$", "").replaceFirst("^\\*\\.", ".");
        Optional<InetAddress> meant = literal(host);
        if (meant.isPresent()) {
            return address.equals(meant);
        }
        return host.startsWith(".")
                ? name.endsWith(host)
                : name.equals(host) || name.endsWith("." + host);
    }

    private static boolean isIn(InetAddress net, String bits, InetAddress address) {
        byte[] prefix = net.getAddress();
        byte[] bytes = address.getAddress();
        if (!bits.matches("[0-9]{1,3}") || prefix.length != bytes.length) {
            return false;
        }
        int length = Integer.parseInt(bits);
        for (int bit = 0; bit < Math.min(length, 8 * bytes.length); bit++) {
            int mask = 0x80 >> (bit % 8);
            if (((prefix[bit / 8] ^ bytes[bit / 8]) & mask) != 0) {
                return false;
            }
        }
        return length <= 8 * bytes.length;
    }

    private static Optional<InetAddress> literal(String host) {
        try {
            return Optional.of(InetAddress.ofLiteral(host));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
