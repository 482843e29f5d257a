package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.InstructionFlags.Kind;
import dev.jbuild.dockerfile.text.GoText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Understands COPY and ADD.
final class CopyReader {
    private static final Map<String, Kind> COPY_FLAGS =
            InstructionReader.flags(
                    List.of("from", "chown", "chmod"),
                    List.of("link", "parents"),
                    List.of("exclude"));
    private static final Map<String, Kind> ADD_FLAGS =
            InstructionReader.flags(
                    List.of("chown", "chmod", "checksum"),
                    List.of("link", "keep-git-dir", "unpack"),
                    List.of("exclude"));

    private final Origin origin;
    private final LineNode node;
    private final List<String> arguments;
    private final Map<String, Heredoc> documents = new HashMap<>();

    CopyReader(Origin origin, LineNode node, List<Heredoc> heredocs) {
        this.origin = origin;
        this.node = node;
        this.arguments = node.arguments();
        heredocs.forEach(h -> documents.put(h.name(), h));
    }

    Instruction read() throws WordException {
        boolean copy = node.keyword().equalsIgnoreCase("copy");
        String name = GoText.upper(node.keyword());
        if (arguments.size() < 2) {
            throw new WordException(
                    name
                            + " requires at least two arguments, but only one was provided."
                            + " Destination could not be determined",
                    "write " + name + " SOURCE... DESTINATION",
                    arguments.isEmpty() ? node.keyword() : arguments.getFirst());
        }
        InstructionFlags flags =
                InstructionFlags.parse(node.flags(), copy ? COPY_FLAGS : ADD_FLAGS);
        String destination = arguments.getLast();
        if (HeredocWord.tryParse(destination).isPresent()) {
            throw new WordException(
                    name + " cannot accept a heredoc as a destination",
                    "write the destination last",
                    destination);
        }
        List<CopySource> sources = new ArrayList<>();
        for (String word : arguments.subList(0, arguments.size() - 1)) {
            sources.add(source(word));
        }
        Instruction.CopyOptions options =
                new Instruction.CopyOptions(
                        flags.value("chown"),
                        flags.value("chmod"),
                        flags.isTrue("link"),
                        flags.all("exclude"));
        if (copy) {
            return new Instruction.Copy(
                    origin,
                    sources,
                    destination,
                    flags.value("from"),
                    options,
                    flags.isTrue("parents"));
        }
        return new Instruction.Add(
                origin,
                sources,
                destination,
                options,
                flags.value("checksum"),
                flags.bool("keep-git-dir"),
                flags.bool("unpack"));
    }

    private CopySource source(String word) {
        Optional<HeredocWord> heredoc = HeredocWord.tryParse(word);
        if (heredoc.isEmpty()) {
            return new CopySource.Word(word);
        }
        HeredocWord found = heredoc.get();
        Heredoc document = documents.get(found.name());
        return new CopySource.Document(document == null ? found.with("") : document);
    }
}
