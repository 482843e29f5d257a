package dev.jbuild.dockerfile.text;

import java.util.ArrayList;
import java.util.List;

/// One record of comma-separated values (RFC 4180), as the values of `--mount` and `--device`
/// are written.
public final class CsvRecord {
    private CsvRecord() {}

    /// @throws IllegalArgumentException if a quote stands where none may, or nothing stands
    ///     there at all
    public static List<String> fields(String record) {
        if (record.isEmpty()) {
            throw new IllegalArgumentException("EOF");
        }
        List<String> fields = new ArrayList<>();
        int i = 0;
        while (true) {
            StringBuilder field = new StringBuilder();
            if (i < record.length() && record.charAt(i) == '"') {
                i = quoted(record, i, field);
            } else {
                i = bare(record, i, field);
            }
            fields.add(field.toString());
            if (i >= record.length()) {
                return fields;
            }
            i++;
        }
    }

    private static int bare(String s, int start, StringBuilder field) {
        int i = start;
        while (i < s.length() && s.charAt(i) != ',') {
            if (s.charAt(i) == '"') {
                throw error(i, "bare \" in non-quoted field");
            }
            field.append(s.charAt(i++));
        }
        return i;
    }

    private static int quoted(String s, int start, StringBuilder field) {
        int i = start + 1;
        while (i < s.length()) {
            char c = s.charAt(i);
            if (c != '"') {
                field.append(c);
                i++;
            } else if (i + 1 < s.length() && s.charAt(i + 1) == '"') {
                field.append('"');
                i += 2;
            } else if (i + 1 == s.length() || s.charAt(i + 1) == ',') {
                return i + 1;
            } else {
                throw error(i, "extraneous or missing \" in quoted-field");
            }
        }
        throw error(i, "extraneous or missing \" in quoted-field");
    }

    private static IllegalArgumentException error(int at, String what) {
        return new IllegalArgumentException(
                "parse error on line 1, column " + (at + 1) + ": " + what);
    }
}
