package dev.jbuild.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// The entry point: finds the command, parses its options, and turns what goes wrong into a message
/// and an exit code. Answers `version` and `help` itself, so that they load nothing else.
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        Console console = Console.system();
        int code = run(List.of(args), console);
        console.flush();
        // Nothing is left to clean up: what a command opened it has closed. halt() saves the JVM's
        // shutdown.
        Runtime.getRuntime().halt(code);
    }

    static int run(List<String> args, Console console) {
        boolean debug = args.contains("--debug");
        Interruption interruption = Interruption.ofThisThread();
        try {
            return dispatch(args, console);
        } catch (ParameterException | UsageException e) {
            console.err().println("jbuild: " + e.getMessage());
            return ExitCode.USAGE.code();
        } catch (Exception e) {
            return interruption.happened()
                    ? ExitCode.INTERRUPTED.code()
                    : Failures.tell(e, debug, console).code();
        } finally {
            interruption.close();
        }
    }

    private static int dispatch(List<String> args, Console console) throws Exception {
        List<String> common = new ArrayList<>();
        int at = 0;
        while (at < args.size() && isCommon(args.get(at))) {
            common.add(args.get(at));
            if (args.get(at).equals("--root") && at + 1 < args.size()) {
                at++;
                common.add(args.get(at));
            }
            at++;
        }
        List<String> rest = args.subList(at, args.size());
        String word = rest.isEmpty() ? "help" : rest.getFirst();
        if (word.equals("help") || word.equals("--help") || word.equals("-h")) {
            return Help.print(
                    rest.size() > 1 ? Optional.of(rest.get(1)) : Optional.empty(), console);
        }
        if (word.equals("--version") || word.equals("-V")) {
            return VersionCommand.print(console);
        }
        Optional<Commands> named = Commands.byWord(word);
        Commands chosen = named.orElse(Commands.BUILD);
        List<String> own = new ArrayList<>(common);
        own.addAll(named.isPresent() ? rest.subList(1, rest.size()) : rest);
        return execute(chosen, own, console);
    }

    private static int execute(Commands chosen, List<String> args, Console console)
            throws Exception {
        Command command = chosen.make();
        CommandLine line = commandLine(chosen, command);
        ParseResult parsed = line.parseArgs(args.toArray(String[]::new));
        if (parsed.hasMatchedOption("--help")) {
            console.out().print(line.getUsageMessage());
            return ExitCode.OK.code();
        }
        return command.run(parsed, Session.of(parsed, console));
    }

    static CommandLine commandLine(Commands chosen, Command command) {
        CommandSpec spec = command.spec().name("jbuild " + chosen.word());
        spec.usageMessage().description(sentence(chosen.summary()));
        spec.addOption(
                OptionSpec.builder("--root")
                        .paramLabel("DIR")
                        .type(String.class)
                        .description("the store; else JBUILD_ROOT, else the user's own")
                        .build());
        spec.addOption(
                OptionSpec.builder("--debug")
                        .type(boolean.class)
                        .description("show stack traces")
                        .build());
        spec.addOption(
                OptionSpec.builder("--help", "-h")
                        .type(boolean.class)
                        .usageHelp(true)
                        .description("show this")
                        .build());
        return new CommandLine(spec).setStopAtPositional(command.stopsAtFirstArgument());
    }

    private static String sentence(String summary) {
        return Character.toUpperCase(summary.charAt(0)) + summary.substring(1) + ".";
    }

    private static boolean isCommon(String arg) {
        return arg.equals("--debug") || arg.equals("--root") || arg.startsWith("--root=");
    }
}
