package dev.jbuild.dockerfile;

import java.util.ArrayList;
import java.util.List;

/// Whether a text is an IP address; asks no resolver.
final class IpAddress {
    private IpAddress() {}

    static boolean isValid(String text) {
        return text.indexOf(':') >= 0 ? isVersion6(text) : isVersion4(text);
    }

    private static boolean isVersion4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return false;
        }
        for (String part : parts) {
            boolean octet = part.matches("0|[1-9][0-9]{0,2}") && Integer.parseInt(part) <= 255;
            if (!octet) {
                return false;
            }
        }
        return true;
    }

    /// RFC 4291, section 2.2.
    private static boolean isVersion6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            return groups(text) == 8;
        }
        int before = groups(text.substring(0, gap));
        int after = groups(text.substring(gap + 2));
        return before >= 0 && after >= 0 && before + after < 8;
    }

    /// How many 16-bit groups there are, or -1 if they are none.
    private static int groups(String text) {
        if (text.isEmpty()) {
            return 0;
        }
        List<String> parts = new ArrayList<>(List.of(text.split(":", -1)));
        int count = 0;
        if (parts.getLast().indexOf('.') >= 0) {
            if (!isVersion4(parts.removeLast())) {
                return -1;
            }
            count = 2;
        }
        for (String part : parts) {
            if (!part.matches("[0-9a-fA-F]{1,4}")) {
                return -1;
            }
            count++;
        }
        return count;
    }
}
