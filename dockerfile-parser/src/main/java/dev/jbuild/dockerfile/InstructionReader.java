package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.InstructionFlags.Kind;
import dev.jbuild.dockerfile.text.GoText;
import dev.jbuild.dockerfile.text.Suggestion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Understands one split line.
final class InstructionReader {
    private static final Pattern STAGE_NAME = Pattern.compile("[a-z][a-z0-9-_.]*");

    private final LineNode node;
    private final List<String> arguments;
    private final List<Heredoc> heredocs;
    private final Origin origin;
    private final char escape;

    InstructionReader(LogicalLines.Line line, char escape) {
        this.node = line.node();
        this.arguments = node.arguments();
        this.heredocs = line.heredocs();
        this.origin = line.origin();
        this.escape = escape;
    }

    Instruction read() throws WordException {
        Keyword keyword = Keyword.of(node.keyword()).orElseThrow(this::unknown);
        return switch (keyword) {
            case FROM -> from();
            case RUN -> new RunReader(origin, node, command(arguments)).read();
            case CMD -> {
                noFlags();
                yield new Instruction.Cmd(origin, command(arguments));
            }
            case ENTRYPOINT -> {
                noFlags();
                yield new Instruction.Entrypoint(origin, command(arguments));
            }
            case LABEL -> new Instruction.Label(origin, pairs(keyword));
            case ENV -> new Instruction.Env(origin, pairs(keyword));
            case ARG -> arg();
            case MAINTAINER -> new Instruction.Maintainer(origin, single(keyword, true));
            case EXPOSE -> {
                atLeastOne(keyword);
                noFlags();
                yield new Instruction.Expose(origin, arguments.stream().sorted().toList());
            }
            case COPY, ADD -> new CopyReader(origin, node, heredocs).read();
            case WORKDIR -> new Instruction.Workdir(origin, single(keyword, true));
            case USER -> new Instruction.User(origin, single(keyword, true));
            case VOLUME -> volume();
            // As in the reference, its flags are passed over.
            case STOPSIGNAL -> new Instruction.StopSignal(origin, single(keyword, false));
            case SHELL -> shell();
            case HEALTHCHECK -> new HealthcheckReader(origin, node).read();
            case ONBUILD -> onbuild();
        };
    }

    private WordException unknown() {
        String word = node.keyword();
        return new WordException(
                "unknown instruction: "
                        + word
                        + Suggestion.suffix(Suggestion.nearestIgnoringCase(word, Keyword.names())),
                word.isEmpty()
                        ? "remove the continuation mark"
                        : "the instructions are " + String.join(", ", Keyword.names()),
                word);
    }

    private void noFlags() throws WordException {
        var _ = InstructionFlags.parse(node.flags(), Map.of());
    }

    private void atLeastOne(Keyword keyword) throws WordException {
        if (arguments.isEmpty()) {
            throw new WordException(
                    keyword + " requires at least one argument",
                    "write what it is about",
                    node.keyword());
        }
    }

    private String single(Keyword keyword, boolean flagsChecked) throws WordException {
        if (arguments.size() != 1) {
            throw new WordException(
                    keyword + " requires exactly one argument",
                    "write what it is about",
                    node.keyword());
        }
        if (flagsChecked) {
            noFlags();
        }
        return arguments.getFirst();
    }

    private CommandLine command(List<String> words) {
        return command(node.json(), words, heredocs);
    }

    static CommandLine command(boolean json, List<String> words, List<Heredoc> heredocs) {
        return json
                ? new CommandLine.Exec(words)
                : new CommandLine.Shell(String.join(" ", words), heredocs);
    }

    private Instruction from() throws WordException {
        Optional<String> name = Optional.empty();
        if (arguments.size() == 3 && arguments.get(1).equalsIgnoreCase("as")) {
            String lower = GoText.lower(arguments.get(2));
            if (!STAGE_NAME.matcher(lower).matches()) {
                throw new WordException(
                        "invalid name for build stage: "
                                + GoText.quote(arguments.get(2))
                                + ", name can't start with a number or contain symbols",
                        "start it with a letter and use letters, digits, '-', '_' and '.'",
                        arguments.get(2));
            }
            name = Optional.of(lower);
        } else if (arguments.size() != 1) {
            throw new WordException(
                    "FROM requires either one or three arguments",
                    "write FROM image or FROM image AS name",
                    node.keyword());
        }
        InstructionFlags flags =
                InstructionFlags.parse(node.flags(), Map.of("platform", Kind.VALUE));
        return new Instruction.From(origin, arguments.getFirst(), name, flags.value("platform"));
    }

    private List<KeyValue> pairs(Keyword keyword) throws WordException {
        noFlags();
        atLeastOne(keyword);
        List<KeyValue> pairs = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i += 3) {
            String key = arguments.get(i);
            if (key.isEmpty()) {
                throw blank(keyword, "=" + arguments.get(i + 1));
            }
            pairs.add(new KeyValue(key, arguments.get(i + 1), arguments.get(i + 2).isEmpty()));
        }
        return pairs;
    }

    private static WordException blank(Keyword keyword, String part) {
        return new WordException(
                keyword + " names can not be blank", "write a name before the =", part);
    }

    private Instruction arg() throws WordException {
        atLeastOne(Keyword.ARG);
        List<Instruction.Arg.Definition> definitions = new ArrayList<>();
        for (String word : arguments) {
            int equals = word.indexOf('=');
            if (equals == 0) {
                throw blank(Keyword.ARG, word);
            }
            String key = equals < 0 ? word : word.substring(0, equals);
            definitions.add(
                    new Instruction.Arg.Definition(
                            key,
                            equals < 0 ? Optional.empty() : Optional.of(word.substring(equals + 1)),
                            description(origin.comments(), key)));
        }
        return new Instruction.Arg(origin, definitions);
    }

    /// What the comments say of a name: the rest of the first one that starts with it.
    static Optional<String> description(List<String> comments, String name) {
        return comments.stream()
                .filter(c -> c.startsWith(name + " "))
                .map(c -> c.substring(name.length() + 1))
                .findFirst();
    }

    private Instruction volume() throws WordException {
        atLeastOne(Keyword.VOLUME);
        noFlags();
        List<String> paths = arguments.stream().map(GoText::trim).toList();
        if (paths.contains("")) {
            throw new WordException(
                    "VOLUME specified can not be an empty string", "write a path", node.keyword());
        }
        return new Instruction.Volume(origin, paths);
    }

    private Instruction shell() throws WordException {
        noFlags();
        if (arguments.isEmpty()) {
            atLeastOne(Keyword.SHELL);
        }
        if (!node.json()) {
            boolean windowsPath = Pattern.compile("\"[a-zA-Z]:\\\\").matcher(node.line()).find();
            throw new WordException(
                    "SHELL requires the arguments to be in JSON form",
                    windowsPath
                            ? "in JSON a backslash is written twice: [\"c:\\\\path\\\\file.exe\"]"
                            : "write SHELL [\"/bin/sh\", \"-c\"]",
                    arguments.getFirst());
        }
        return new Instruction.Shell(origin, arguments);
    }

    private Instruction onbuild() throws WordException {
        LineNode child = node.child();
        if (child == null) {
            throw new WordException(
                    "ONBUILD requires at least one argument",
                    "write the instruction to run later",
                    node.keyword());
        }
        noFlags();
        switch (Keyword.of(child.keyword()).orElse(Keyword.RUN)) {
            case ONBUILD ->
                    throw new WordException(
                            "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed",
                            "write ONBUILD once",
                            child.keyword());
            case MAINTAINER, FROM ->
                    throw new WordException(
                            GoText.upper(child.keyword()) + " isn't allowed as an ONBUILD trigger",
                            "remove it",
                            child.keyword());
            default -> {}
        }
        StringBuilder expression = new StringBuilder(expression());
        for (Heredoc heredoc : heredocs) {
            expression.append('\n').append(heredoc.content()).append(heredoc.name());
        }
        return new Instruction.Onbuild(origin, expression.toString(), trigger(child));
    }

    private String expression() {
        String text = GoText.trimStart(node.line());
        return GoText.trimStart(text.substring(node.keyword().length()));
    }

    private Optional<Instruction> trigger(LineNode child) {
        LogicalLines.Line line =
                new LogicalLines.Line(child, origin.range(), origin.comments(), heredocs);
        try {
            return Optional.of(new InstructionReader(line, escape).read());
        } catch (WordException e) {
            // Only whoever builds on this image is told, as in the reference.
            return Optional.empty();
        }
    }

    static Map<String, Kind> flags(List<String> values, List<String> booleans, List<String> many) {
        Map<String, Kind> flags = new LinkedHashMap<>();
        values.forEach(f -> flags.put(f, Kind.VALUE));
        booleans.forEach(f -> flags.put(f, Kind.BOOLEAN));
        many.forEach(f -> flags.put(f, Kind.VALUES));
        return flags;
    }
}
