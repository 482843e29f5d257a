package dev.jbuild.registry.server.operation;

import dev.jbuild.oci.ErrorCode;
import dev.jbuild.registry.server.http.Exchange;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Request;
import dev.jbuild.registry.server.http.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// What every request passes first and every answer last: the prefix of a reverse proxy, and an id,
/// which the answer and the log carry.
public final class Doorway implements Exchange {
    private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final List<String> WITHOUT_PREFIX = List.of("/healthz", "/readyz", "/metrics");

    /// Ids are unique across restarts without a random number for each.
    private final String process = UUID.randomUUID().toString().substring(0, 13) + "-";

    private final AtomicLong next = new AtomicLong();
    private final Exchange inner;
    private final String prefix;
    private final Consumer<Answered> listener;

    /// A request that was answered.
    ///
    /// @param nanos until the answer was there; sending content comes after
    public record Answered(Request request, Response response, String id, long nanos) {}

    /// @param prefix such as `/registry`, or empty
    public Doorway(Exchange inner, String prefix, Consumer<Answered> listener) {
        this.inner = inner;
        this.prefix = prefix;
        this.listener = listener;
    }

    @Override
    public Optional<Response> immediately(Request request) throws InterruptedException {
        if (!prefix.isEmpty()) {
            return Optional.empty();
        }
        long start = System.nanoTime();
        return inner.immediately(request).map(known -> answered(request, known, start));
    }

    @Override
    public Response respond(Request request) throws InterruptedException {
        long start = System.nanoTime();
        return answered(request, answer(request), start);
    }

    private Response answered(Request request, Response response, long start) {
        String id =
                request.headers()
                        .first("X-Request-Id")
                        .filter(text -> REQUEST_ID.matcher(text).matches())
                        .orElseGet(() -> process + next.incrementAndGet());
        Response named =
                new Response(
                        response.status(),
                        response.headers().with("X-Request-Id", id),
                        response.content());
        listener.accept(new Answered(request, named, id, System.nanoTime() - start));
        return named;
    }

    /// The registry knows nothing of a prefix: it is taken from requests and put before the places
    /// that answers name.
    private Response answer(Request request) throws InterruptedException {
        if (prefix.isEmpty() || WITHOUT_PREFIX.contains(request.path())) {
            return inner.respond(request);
        }
        if (!request.path().startsWith(prefix + "/")) {
            return Response.error(
                    404,
                    ErrorCode.NAME_UNKNOWN,
                    "no endpoint '"
                            + request.path()
                            + "'; this registry is below '"
                            + prefix
                            + "/'",
                    Headers.NONE);
        }
        Request without = request.withPath(request.path().substring(prefix.length()));
        Response response = inner.respond(without);
        List<Headers.Field> fields = new ArrayList<>();
        for (Headers.Field field : response.headers().fields()) {
            fields.add(new Headers.Field(field.name(), placed(field)));
        }
        return new Response(response.status(), new Headers(fields), response.content());
    }

    private String placed(Headers.Field field) {
        if (field.name().equalsIgnoreCase("Location") && field.value().startsWith("/")) {
            return prefix + field.value();
        }
        if (field.name().equalsIgnoreCase("Link") && field.value().startsWith("</")) {
            return "<" + prefix + field.value().substring(1);
        }
        return field.value();
    }
}
