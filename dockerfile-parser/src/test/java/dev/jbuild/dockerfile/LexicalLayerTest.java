package dev.jbuild.dockerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// https://docs.docker.com/reference/dockerfile/, "Format" and "Parser directives".
class LexicalLayerTest {

    @Test
    void empty_file_has_no_instructions() {
        assertEquals("file with no instructions", Parse.failure("").problem());
    }

    @Test
    void file_of_comments_has_no_instructions() {
        assertEquals("file with no instructions", Parse.failure("# one\n\n  # two\n").problem());
    }

    @Test
    void file_without_from_has_no_stages() {
        assertEquals("dockerfile contains no stages to build", Parse.failure("ARG A\n").problem());
    }

    @Test
    void byte_order_mark_is_no_part_of_the_first_line() throws Exception {
        assertEquals("scratch", Parse.file("\uFEFFFROM scratch\n").stages().getFirst().base());
    }

    @Test
    void byte_order_mark_may_stand_before_a_directive() throws Exception {
        assertEquals('`', Parse.file("\uFEFF# escape=`\nFROM scratch").escape());
    }

    @Test
    void lines_may_end_in_carriage_return_and_newline() throws Exception {
        Dockerfile file = Parse.file("FROM scratch\r\nRUN a \\\r\n  b\r\n");
        Instruction.Run run = (Instruction.Run) file.stages().getFirst().instructions().getFirst();
        assertEquals(new CommandLine.Shell("a   b", List.of()), run.command());
    }

    @Test
    void last_line_needs_no_line_end() throws Exception {
        assertEquals("x", Parse.file("FROM x").stages().getFirst().base());
    }

    @Test
    void instruction_names_are_known_in_any_case() throws Exception {
        assertEquals("x", Parse.file("fRoM x\n").stages().getFirst().base());
        assertEquals("fRoM", Parse.file("fRoM x\n").stages().getFirst().from().origin().keyword());
    }

    @Test
    void continued_lines_are_one_with_the_spaces_as_they_were() throws Exception {
        Instruction.Run run = Parse.one(Instruction.Run.class, "RUN a && \\\n    b && \\  \n\tc");
        assertEquals(Optional.of("a &&     b && \tc"), run.command().shellText());
        assertEquals("RUN a &&     b && \tc", run.origin().text());
    }

    @Test
    void escaped_escape_continues_nothing() throws Exception {
        Dockerfile file = Parse.file("FROM scratch\nRUN a \\\\\nRUN b\n");
        assertEquals(2, file.stages().getFirst().instructions().size());
    }

    @Test
    void line_with_nothing_but_the_escape_continues() throws Exception {
        assertEquals(
                Optional.of("a b"),
                Parse.one(Instruction.Run.class, "RUN a\\\n\\\n b").command().shellText());
    }

    @Test
    void backtick_continues_when_the_directive_says_so() throws Exception {
        Dockerfile file = Parse.file("# escape=`\nFROM scratch\nRUN a \\\nRUN b `\n c\n");
        List<Instruction> instructions = file.stages().getFirst().instructions();
        assertEquals(
                List.of("RUN a \\", "RUN b  c"),
                instructions.stream().map(i -> i.origin().text()).toList());
    }

    @Test
    void comment_lines_inside_continuations_disappear() throws Exception {
        assertEquals(
                Optional.of("a  b"),
                Parse.one(Instruction.Run.class, "RUN a \\\n# no\n  # nor this\n b")
                        .command()
                        .shellText());
    }

    @Test
    void hash_inside_a_line_is_no_comment() throws Exception {
        assertEquals(
                Optional.of("a # b"),
                Parse.one(Instruction.Run.class, "RUN a # b").command().shellText());
    }

    @Test
    void empty_continuation_lines_are_passed_over_and_told() throws Exception {
        Dockerfile file = Parse.file("FROM scratch\nRUN a \\\n\n  \n b\nRUN c\n");
        assertEquals(
                "RUN a  b", file.stages().getFirst().instructions().getFirst().origin().text());
        assertEquals(List.of(5), file.emptyContinuations());
    }

    @Test
    void range_covers_continuations_and_heredocs() throws Exception {
        Dockerfile file =
                Parse.file("# c\nFROM scratch\n\nRUN a \\\n b\nCOPY <<X <<Y /\n1\nX\n2\nY\nCMD z");
        assertEquals(
                List.of(new SourceRange(4, 5), new SourceRange(6, 10), new SourceRange(11, 11)),
                file.stages().getFirst().instructions().stream().map(Instruction::range).toList());
        assertEquals(new SourceRange(2, 2), file.stages().getFirst().range());
    }

    @Test
    void line_of_65535_bytes_is_read() throws Exception {
        String line = "RUN " + "x".repeat(65_531);
        assertEquals(65_535, line.length());
        Dockerfile file = Parse.file("FROM scratch\n" + line + "\n");
        assertEquals(line, file.stages().getFirst().instructions().getFirst().origin().text());
    }

    @Test
    void endless_line_is_refused() throws Exception {
        InputStream endless =
                new InputStream() {
                    @Override
                    public int read() {
                        return 'x';
                    }
                };
        Source source = Source.read("stdin", endless);
        DockerfileException e =
                assertThrows(DockerfileException.class, () -> DockerfileParser.parse(source));
        assertTrue(e.getMessage().contains("max allowed size of 65535"), e.getMessage());
    }

    @Test
    void endless_lines_are_refused() {
        InputStream endless =
                new InputStream() {
                    @Override
                    public int read() {
                        return '\n';
                    }
                };
        IOException e = assertThrows(IOException.class, () -> Source.read("stdin", endless));
        assertEquals("stdin: a Dockerfile of more than 4 MiB; it may have no more", e.getMessage());
    }

    @Test
    void longer_line_is_refused_wherever_it_stands() {
        String line = "x".repeat(65_536);
        for (String text :
                List.of(
                        "FROM scratch\nRUN " + line + "\n",
                        line,
                        "# " + line,
                        "FROM scratch\nCOPY <<E /\n" + line + "\nE\n")) {
            assertTrue(
                    Parse.failure(text)
                            .problem()
                            .endsWith("dockerfile line greater than max allowed size of 65535"));
        }
    }

    @Test
    void continued_line_may_be_longer() throws Exception {
        String part = "x".repeat(40_000) + "\\\n";
        Instruction.Run run = Parse.one(Instruction.Run.class, "RUN " + part.repeat(10) + "end");
        assertEquals(400_003, run.command().shellText().orElseThrow().length());
    }

    @Test
    void bytes_that_are_no_utf8_survive() throws Exception {
        byte[] bytes = "FROM scratch\nCOPY <<E /f\nx\nE\n".getBytes(StandardCharsets.ISO_8859_1);
        bytes[25] = (byte) 0xE9;
        Dockerfile file = DockerfileParser.parse(Source.of("Dockerfile", bytes));
        Instruction.Copy copy =
                (Instruction.Copy) file.stages().getFirst().instructions().getFirst();
        CopySource.Document document = (CopySource.Document) copy.sources().getFirst();
        byte[] content = Source.bytesOf(document.heredoc().content());
        assertEquals(2, content.length);
        assertEquals((byte) 0xE9, content[0]);
    }

    @Test
    void comments_right_above_belong_to_the_instruction() throws Exception {
        Dockerfile file = Parse.file("# one\n#\n# two\n# three\nFROM scratch\n# x\nRUN a\nRUN b\n");
        Stage stage = file.stages().getFirst();
        assertEquals(List.of("two", "three"), stage.from().origin().comments());
        assertEquals(List.of("x"), stage.instructions().get(0).origin().comments());
        assertEquals(List.of(), stage.instructions().get(1).origin().comments());
    }
}
