package dev.jbuild.registry.server.http;

import dev.jbuild.oci.ErrorCode;
import dev.jbuild.oci.ErrorDocument;
import dev.jbuild.oci.OciJson;
import java.nio.file.Path;

/// One HTTP response. `Content-Length` is not among the headers: the engine sends the content's.
public record Response(int status, Headers headers, Content content) {

    /// What is sent after the headers. For `HEAD` only its length is told.
    public sealed interface Content {
        long length();
    }

    /// No content; `Content-Length: 0` where the status allows one.
    public record Empty() implements Content {
        @Override
        public long length() {
            return 0;
        }
    }

    /// @param bytes never changed afterwards
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody, and a copy per response costs
    public record Bytes(byte[] bytes) implements Content {
        @Override
        public long length() {
            return bytes.length;
        }
    }

    /// Part of a file, sent by the kernel without passing through this process.
    public record FileRange(Path file, long offset, long length) implements Content {}

    private static final Empty EMPTY = new Empty();

    public static Response empty(int status, Headers headers) {
        return new Response(status, headers, EMPTY);
    }

    public static Response bytes(int status, Headers headers, byte[] bytes) {
        return new Response(status, headers, new Bytes(bytes));
    }

    /// A refusal as the specification wants it (distribution-spec 1.1, "Error Codes").
    ///
    /// @param status usually the code's own
    public static Response error(int status, ErrorCode code, String message, Headers more) {
        byte[] document = OciJson.toJson(ErrorDocument.of(code, message)).encode();
        return bytes(
                status, Headers.of("Content-Type", "application/json").withAll(more), document);
    }
}
