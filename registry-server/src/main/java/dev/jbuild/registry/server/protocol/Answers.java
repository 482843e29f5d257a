package dev.jbuild.registry.server.protocol;

import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Request;
import dev.jbuild.registry.server.http.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// Whole answers to reads, which count until the index next changes, and not longer than
/// [Lookups#LONGEST_NANOS] after what they say was looked up. Any change forgets all of them,
/// before whoever made it is told that it is done. Safe for use by several threads.
final class Answers {
    private static final int MOST = 4096;
    private static final long ROOM = 8L * 1024 * 1024;

    private final LongSupplier index;
    private final LongSupplier nanos;
    private final Map<Question, Given> recent = new ConcurrentHashMap<>();
    private final AtomicLong used = new AtomicLong();

    private record Given(long generation, long atNanos, Response response) {}

    /// All of a request that its answer depends on.
    ///
    /// @param fields with names in lower case
    record Question(String method, String path, List<Headers.Field> fields) {
        private static final int LONGEST = 1024;

        /// Empty if the request has a query, or is too long to be kept.
        static Optional<Question> of(Request request) {
            if (!request.query().isEmpty()) {
                return Optional.empty();
            }
            int length = request.path().length();
            List<Headers.Field> fields = new ArrayList<>(2);
            for (Headers.Field field : request.headers().fields()) {
                if (matters(field.name())) {
                    length += field.value().length();
                    fields.add(
                            new Headers.Field(
                                    field.name().toLowerCase(Locale.ROOT), field.value()));
                }
            }
            return length > LONGEST
                    ? Optional.empty()
                    : Optional.of(new Question(request.method(), request.path(), fields));
        }

        /// What the client accepts, which part it wants, and all conditions (RFC 9110, 13.1).
        private static boolean matters(String name) {
            return name.equalsIgnoreCase("Accept")
                    || name.equalsIgnoreCase("Range")
                    || name.regionMatches(true, 0, "If-", 0, 3);
        }

        private static long room(Response response) {
            return 2L * LONGEST
                    + switch (response.content()) {
                        case Response.Bytes(byte[] bytes) -> bytes.length;
                        case Response.Empty _, Response.FileRange _ -> 0;
                    };
        }
    }

    /// @param index counts its changes
    Answers(LongSupplier index, LongSupplier nanos) {
        this.index = index;
        this.nanos = nanos;
    }

    /// The index's changes so far: to be asked for before the answer is.
    long generation() {
        return index.getAsLong();
    }

    Optional<Response> given(Question question) {
        Given given = recent.get(question);
        return given != null
                        && given.generation() == index.getAsLong()
                        && nanos.getAsLong() - given.atNanos() < Lookups.LONGEST_NANOS
                ? Optional.of(given.response())
                : Optional.empty();
    }

    /// @param generation before it was looked for
    /// @param atNanos when what it says was looked up
    void keep(Question question, long generation, long atNanos, Response response) {
        if (response.status() != 200 && response.status() != 304) {
            return;
        }
        long room = Question.room(response);
        if (recent.size() >= MOST || used.addAndGet(room) > ROOM) {
            recent.clear();
            used.set(room);
        }
        recent.put(question, new Given(generation, atNanos, response));
    }
}
