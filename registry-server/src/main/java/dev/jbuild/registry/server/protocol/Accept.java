package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.MediaType;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The media types that a client takes (RFC 9110, 12.5.1). Weights are ignored: there is only one
/// form of a manifest to be had.
record Accept(Set<String> ranges) {

    static Accept of(List<String> headers) {
        Set<String> ranges = new HashSet<>();
        for (String header : headers) {
            for (String range : header.split(",", -1)) {
                int parameters = range.indexOf(';');
                String type = parameters < 0 ? range : range.substring(0, parameters);
                if (!type.isBlank()) {
                    ranges.add(type.strip().toLowerCase(Locale.ROOT));
                }
            }
        }
        return new Accept(ranges);
    }

    boolean allows(MediaType type) {
        return ranges.isEmpty()
                || ranges.contains("*/*")
                || ranges.contains("application/*")
                || ranges.contains(type.value().toLowerCase(Locale.ROOT));
    }
}
