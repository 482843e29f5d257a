package dev.jbuild.dockerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The words that start with `--` after an instruction's name.
class FlagsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '%',
            value = {
                "--from=x | x",
                "%--from=\"x y\"% | x y",
                "--from='x y' | x y",
                "%\"--from=x\"% | %%",
                "--from=x\\ y | x y",
                "%--from=a\"b c\"d% | ab cd",
                "--from= | %%",
            })
    void quotes_and_escapes_disappear(String flag, String expected) throws Exception {
        Instruction.Copy copy = Parse.one(Instruction.Copy.class, "COPY " + flag + " a b");
        assertEquals(expected, copy.from().orElse(""));
    }

    @Test
    void nul_is_no_quote() throws Exception {
        Instruction.Copy copy = Parse.one(Instruction.Copy.class, "COPY --from=x\0 y\0z a b");
        assertEquals("x\0", copy.from().orElse(""));
        assertEquals(new CopySource.Word("y\0z"), copy.sources().getFirst());
    }

    @Test
    void space_of_another_alphabet_comes_before_no_flag() throws Exception {
        Instruction.Copy copy = Parse.one(Instruction.Copy.class, "COPY \u00a0--from=x a b");
        assertEquals(Optional.empty(), copy.from());
        assertEquals(new CopySource.Word("--from=x"), copy.sources().getFirst());
    }

    @Test
    void two_dashes_end_the_flags() throws Exception {
        Instruction.Copy copy = Parse.one(Instruction.Copy.class, "COPY --link -- --from=x /y");
        assertEquals(Optional.empty(), copy.from());
        assertEquals(new CopySource.Word("--from=x"), copy.sources().getFirst());
    }

    @Test
    void flags_stand_before_the_arguments_only() throws Exception {
        Instruction.Run run = Parse.one(Instruction.Run.class, "RUN make --network=none");
        assertEquals(Instruction.Run.Network.DEFAULT, run.network());
    }

    @Test
    void flags_may_be_continued_on_further_lines() throws Exception {
        Instruction.Run run =
                Parse.one(
                        Instruction.Run.class,
                        "RUN --network=none \\\n --security=insecure \\\n x");
        assertEquals(Instruction.Run.Network.NONE, run.network());
        assertEquals(Instruction.Run.Security.INSECURE, run.security());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "COPY --form=x a b | unknown flag: --form (did you mean from?)",
                "COPY --keep-git-dir a b | unknown flag: --keep-git-dir",
                "ADD --from=x a b | unknown flag: --from",
                "ENV --x a=b | unknown flag: --x",
                "RUN --moutn=x y | unknown flag: --moutn (did you mean mount?)",
                "COPY --from=a --from=b c d | duplicate flag specified: --from",
                "COPY --link --link c d | duplicate flag specified: --link",
                "COPY --from a b | missing a value on flag: --from",
                "COPY --link= a b | missing a value on flag: --link",
                "COPY --link=yes a b | expecting boolean value for flag --link, not: yes",
                "RUN --mount x | missing a value on flag: --mount",
            })
    void wrong_flag_is_refused(String instruction, String problem) {
        assertEquals(problem, Parse.problem(instruction));
    }

    @Test
    void boolean_flag_may_be_false_in_any_case() throws Exception {
        assertEquals(
                Optional.of(false),
                Parse.one(Instruction.Add.class, "ADD --unpack=False a b").unpack());
    }
}
