package dev.jbuild.signing;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// One block of text encoding (RFC 7468).
record Pem(String label, String base64) {
    private static final String BEGIN = "-----BEGIN ";
    private static final String END = "-----END ";
    private static final String DASHES = "-----";
    private static final int LINE_LENGTH = 64;

    static Pem of(String label, byte[] content) {
        return new Pem(label, Base64.getEncoder().encodeToString(content));
    }

    /// The first block in the text; what stands around it is explanatory text.
    static Pem parse(byte[] bytes) throws KeyFileException {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int begin = text.indexOf(BEGIN);
        int labelEnd = begin < 0 ? -1 : text.indexOf(DASHES, begin + BEGIN.length());
        if (labelEnd < 0) {
            throw new KeyFileException("no PEM block in it: a key begins with '-----BEGIN '");
        }
        String label = text.substring(begin + BEGIN.length(), labelEnd);
        int bodyBegin = labelEnd + DASHES.length();
        int end = text.indexOf(END + label + DASHES, bodyBegin);
        if (end < 0) {
            throw new KeyFileException("the PEM block '" + label + "' has no end");
        }
        return new Pem(label, text.substring(bodyBegin, end).replaceAll("\\s", ""));
    }

    byte[] content() throws KeyFileException {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new KeyFileException(
                    "the PEM block '" + label + "' is damaged: it is not valid base64", e);
        }
    }

    byte[] encode() {
        StringBuilder text = new StringBuilder(BEGIN).append(label).append(DASHES).append('\n');
        for (int at = 0; at < base64.length(); at += LINE_LENGTH) {
            text.append(base64, at, Math.min(at + LINE_LENGTH, base64.length())).append('\n');
        }
        text.append(END).append(label).append(DASHES).append('\n');
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public String toString() {
        return label;
    }
}
