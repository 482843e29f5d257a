package dev.jbuild.registry.server.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Response;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AnswersTest {
    private static final Answers.Question QUESTION =
            new Answers.Question("HEAD", "/v2/app/manifests/v1", List.of());

    private final AtomicLong generation = new AtomicLong();
    private final AtomicLong now = new AtomicLong(1000);
    private final Answers answers = new Answers(generation::get, now::get);

    @Test
    void an_answer_counts_no_longer_than_the_look_up_it_was_made_from() {
        Response response = Response.empty(200, Headers.NONE);
        answers.keep(QUESTION, 0, now.get() - (Lookups.LONGEST_NANOS - 2), response);
        now.addAndGet(1);
        assertEquals(Optional.of(response), answers.given(QUESTION));
        now.addAndGet(1);
        assertTrue(answers.given(QUESTION).isEmpty());
    }

    @Test
    void a_change_of_the_index_ends_an_answer() {
        answers.keep(QUESTION, 0, now.get(), Response.empty(200, Headers.NONE));
        generation.incrementAndGet();
        assertTrue(answers.given(QUESTION).isEmpty());
    }
}
