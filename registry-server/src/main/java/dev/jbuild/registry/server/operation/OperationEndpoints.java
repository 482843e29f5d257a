package dev.jbuild.registry.server.operation;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.oci.ErrorCode;
import dev.jbuild.registry.server.http.Exchange;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Request;
import dev.jbuild.registry.server.http.Response;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.StorageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// `/healthz`: the process answers. `/readyz`: it can read its index and write to its disk.
/// `/metrics`: its figures. Everything else is for the next.
public final class OperationEndpoints implements Exchange {
    private final Exchange next;
    private final Metadata metadata;
    private final DiskProbe disk;
    private final Figures figures;
    private final BooleanSupplier readOnly;

    /// @param readOnly then a disk that can't be written is no failure
    public OperationEndpoints(
            Exchange next,
            Metadata metadata,
            Path root,
            Figures figures,
            BooleanSupplier readOnly) {
        this.next = next;
        this.metadata = metadata;
        this.disk = new DiskProbe(root, System::nanoTime);
        this.figures = figures;
        this.readOnly = readOnly;
    }

    @Override
    public Optional<Response> immediately(Request request) throws InterruptedException {
        return next.immediately(request);
    }

    @Override
    public Response respond(Request request) throws InterruptedException {
        return switch (request.path()) {
            case "/healthz" -> only(request, text(200, "ok\n"));
            case "/readyz" -> only(request, ready());
            case "/metrics" -> only(request, metrics());
            default -> next.respond(request);
        };
    }

    private static Response only(Request request, Response response) {
        return request.method().equals("GET") || request.isHead()
                ? response
                : Response.error(
                        405,
                        ErrorCode.UNSUPPORTED,
                        "'" + request.path() + "' can only be read",
                        Headers.of("Allow", "GET, HEAD"));
    }

    private Response ready() throws InterruptedException {
        try {
            metadata.totals();
        } catch (StorageException e) {
            return text(503, "the index can't be read\n");
        }
        if (!readOnly.getAsBoolean() && !disk.isWritable()) {
            return text(503, "the disk can't be written\n");
        }
        return text(200, readOnly.getAsBoolean() ? "ok, read-only\n" : "ok\n");
    }

    private Response metrics() {
        try {
            return Response.bytes(
                    200, Headers.of("Content-Type", Figures.TEXT_TYPE), figures.text());
        } catch (IOException e) {
            return text(503, "the figures can't be had\n");
        }
    }

    private static Response text(int status, String text) {
        return Response.bytes(
                status,
                Headers.of(
                        "Content-Type", "text/plain; charset=utf-8", "Cache-Control", "no-store"),
                text.getBytes(UTF_8));
    }
}
