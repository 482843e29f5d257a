package dev.jbuild.dockerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// https://docs.docker.com/reference/dockerfile/#here-documents.
class HeredocTest {

    private static List<Heredoc> run(String instruction) throws DockerfileException {
        return Parse.one(Instruction.Run.class, instruction).command().documents();
    }

    private static CommandLine.Script script(String instruction) throws DockerfileException {
        CommandLine command = Parse.one(Instruction.Run.class, instruction).command();
        return assertInstanceOf(CommandLine.Shell.class, command).script();
    }

    @Test
    void lines_up_to_the_name_are_the_content() throws Exception {
        assertEquals(
                List.of(new Heredoc("EOF", "a\n\n # b\n", true, false, 0)),
                run("RUN <<EOF\na\n\n # b\nEOF"));
    }

    @Test
    void quoted_word_means_no_expansion() throws Exception {
        assertEquals(
                List.of(new Heredoc("EOF", "$a\n", false, false, 0)), run("RUN <<'EOF'\n$a\nEOF"));
        assertEquals(List.of(new Heredoc("EOF", "", false, false, 0)), run("RUN <<\"E\"OF\nEOF"));
    }

    @Test
    void dash_takes_leading_tabs_away() throws Exception {
        Heredoc heredoc = run("RUN <<-EOF\n\t\ta\n \tb\n\tc\td\n\tEOF").getFirst();
        assertEquals("\t\ta\n \tb\n\tc\td\n", heredoc.content());
        assertEquals("a\n \tb\nc\td\n", heredoc.text());
    }

    @Test
    void number_before_is_a_file_descriptor() throws Exception {
        assertEquals(3, run("RUN x 3<<EOF\nEOF").getFirst().fileDescriptor());
    }

    @Test
    void several_follow_each_other() throws Exception {
        assertEquals(
                List.of(
                        new Heredoc("A", "1\n", true, false, 0),
                        new Heredoc("B", "2\n", true, false, 0)),
                run("RUN x <<A <<B\n1\nA\n2\nB"));
    }

    @Test
    void blanks_may_stand_before_the_name() throws Exception {
        assertEquals("EOF", run("RUN cat <<  EOF  > foo\nEOF").getFirst().name());
        assertEquals("EOF", run("RUN << 'EOF'\nEOF").getFirst().name());
        assertEquals("-EOF", run("RUN << -EOF\n-EOF").getFirst().name());
        assertEquals(new CommandLine.Script.Text("a\n"), script("RUN <<  EOF\na\nEOF"));
    }

    /// The words of BuildKit's own table.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '%',
            value = {
                "<<eo'f' | eof | false",
                "<<eo\\'f | eo'f | true",
                "<<'e'o\\'f | eo'f | false",
                "<<'one two' | one two | false",
                "3<<EMPTY2 | EMPTY2 | true",
            })
    void name_is_a_word_of_the_shell(String word, String name, boolean expand) throws Exception {
        Heredoc heredoc = run("RUN " + word + "\n" + name + "\n").getFirst();
        assertEquals(name, heredoc.name());
        assertEquals(expand, heredoc.expand());
    }

    @Test
    void terminator_is_looked_for_one_heredoc_after_the_other() throws Exception {
        assertEquals(
                List.of("Y\n", "X\n"),
                run("RUN x <<X <<Y\nY\nX\nX\nY").stream().map(Heredoc::content).toList());
    }

    @Test
    void without_its_end_it_is_refused() {
        assertEquals("unterminated heredoc", Parse.problem("RUN <<EOF\na\n EOF\nEOF2"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RUN echo \"<<EOF\"",
                "RUN echo '<<EOF'",
                "RUN cat <<<EOF",
                "RUN [ \"cat\", \"<<EOF\" ]",
                "CMD cat <<EOF",
                "ENV A=<<EOF",
                "RUN echo $((1<<2<<3))",
                "RUN cat <<- EOF",
                "RUN cat<<EOF",
                "RUN echo 'unclosed <<EOF",
            })
    void what_only_looks_like_one_is_none(String instruction) throws Exception {
        Dockerfile file = Parse.file("FROM scratch\n" + instruction + "\nRUN next\n");
        assertEquals(2, file.stages().getFirst().instructions().size());
    }

    @Test
    void copy_takes_it_as_a_file_named_after_it() throws Exception {
        Instruction.Copy copy =
                Parse.one(
                        Instruction.Copy.class, "COPY a <<b.txt <<-c.txt /d/\n1\nb.txt\n2\nc.txt");
        assertEquals(
                List.of(
                        new CopySource.Word("a"),
                        new CopySource.Document(new Heredoc("b.txt", "1\n", true, false, 0)),
                        new CopySource.Document(new Heredoc("c.txt", "2\n", true, true, 0))),
                copy.sources());
    }

    @Test
    void destination_can_not_be_one() {
        assertEquals(
                "COPY cannot accept a heredoc as a destination",
                Parse.problem("COPY a <<EOF\nEOF"));
        assertEquals(
                "ADD cannot accept a heredoc as a destination", Parse.problem("ADD a <<EOF\nEOF"));
    }

    @Test
    void onbuild_keeps_it_in_the_expression() throws Exception {
        Instruction.Onbuild onbuild =
                Parse.one(Instruction.Onbuild.class, "ONBUILD RUN <<EOF\na\nEOF");
        assertEquals("RUN <<EOF\na\nEOF", onbuild.expression());
        Instruction.Run run = (Instruction.Run) onbuild.trigger().orElseThrow();
        assertEquals("a\n", run.command().documents().getFirst().content());
    }

    @Test
    void lone_one_is_the_script() throws Exception {
        assertEquals(new CommandLine.Script.Text("a\nb\n"), script("RUN <<EOF\na\nb\nEOF"));
    }

    @Test
    void lone_one_with_an_interpreter_is_a_file() throws Exception {
        assertEquals(
                new CommandLine.Script.File("EOF", "#!/usr/bin/python3\nprint(1)\n"),
                script("RUN <<EOF\n#!/usr/bin/python3\nprint(1)\nEOF"));
    }

    @Test
    void one_among_words_is_handed_to_the_shell_as_it_stands() throws Exception {
        assertEquals(
                new CommandLine.Script.Text("cat <<-A > /x <<B\n\t1\nA\n2\nB"),
                script("RUN cat <<-A > /x <<B\n\t1\nA\n2\nB"));
    }

    @Test
    void name_may_hold_an_undefined_variable() throws Exception {
        assertEquals("$EOF", run("RUN <<$EOF\n$EOF").getFirst().name());
    }

    @Test
    void escape_directive_does_not_change_heredocs() throws Exception {
        Dockerfile file = Parse.file("# escape=`\nFROM scratch\nRUN <<E\na `\nE\n");
        Instruction.Run run = (Instruction.Run) file.stages().getFirst().instructions().getFirst();
        assertEquals("a `\n", run.command().documents().getFirst().content());
        assertEquals(Optional.of("<<E"), run.command().shellText());
    }
}
