package dev.jbuild.overlay.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

/// A name that no file can have.
public final class InvalidNameException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    InvalidNameException(String latin1) {
        super(
                latin1.indexOf('\0') >= 0
                        ? "invalid name '"
                                + text(latin1).replace("\0", "\\0")
                                + "': it has a 0 byte"
                        : "invalid name '"
                                + text(latin1.substring(0, 60))
                                + "…': "
                                + latin1.length()
                                + " bytes; up to 4095 are possible");
    }

    private static String text(String latin1) {
        return new String(latin1.getBytes(ISO_8859_1), UTF_8);
    }
}
