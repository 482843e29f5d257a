package dev.jbuild.oci;

import java.util.List;
import java.util.Optional;

/// The body of a registry's refusal (distribution-spec 1.1, "Error Codes"):
/// `{"errors":[{"code","message","detail"}]}`.
public record ErrorDocument(List<Entry> errors) {
    public ErrorDocument {
        errors = List.copyOf(errors);
    }

    public static ErrorDocument of(ErrorCode code, String message) {
        return new ErrorDocument(List.of(new Entry(code.name(), message, Optional.empty())));
    }

    /// @param code as sent, which may be none of [ErrorCode]
    /// @param detail whatever the registry adds
    public record Entry(String code, String message, Optional<Json> detail) {}
}
