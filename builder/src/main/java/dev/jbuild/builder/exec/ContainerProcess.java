package dev.jbuild.builder.exec;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;

/// A runtime at work, as the first process of a pid namespace that dies with this JVM.
///
/// The chain is `setpriv` (parent-death signal), `guard.sh`, `unshare` (kills its child when it
/// dies), `enter.sh`, the runtime. A parent-death signal is bound to the *thread* that started the
/// process, so that is a platform thread which lives until the process has ended.
final class ContainerProcess {
    private static final Map<String, String> ENVIRONMENT =
            Map.of(
                    "PATH",
                    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                    "LC_ALL",
                    "C.UTF-8");

    private final List<String> command;
    private final Stdio stdio;
    private final OutputSink out;
    /// From then on the output is no longer the command's, but of what is being killed around it.
    private volatile boolean stopped;

    private final CompletableFuture<Process> started = new CompletableFuture<>();

    private ContainerProcess(List<String> command, Stdio stdio, OutputSink out) {
        this.command = command;
        this.stdio = stdio;
        this.out =
                line -> {
                    if (!stopped) {
                        out.line(line);
                    }
                };
    }

    /// Runs a bundle to its end.
    ///
    /// @return the exit code of the runtime, which is that of the program if it was started
    static int run(OciRuntime runtime, Bundle bundle, Stdio stdio, OutputSink out)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.addAll(List.of("setpriv", "--pdeathsig", "KILL"));
        switch (stdio) {
            // Ctrl-C at the terminal is for this JVM, which hands it on, once.
            case CAPTURED, INHERITED -> command.add("setsid");
            // The terminal is raw, and tells the runtime, by a signal to its group, of its size.
            case TERMINAL -> {}
        }
        command.addAll(List.of("/bin/sh", "-c", script("guard.sh"), "sh"));
        command.add(Long.toString(ProcessHandle.current().pid()));
        command.add(script("enter.sh"));
        command.add(runtime.kind().program());
        command.addAll(runtime.command(bundle));
        return new ContainerProcess(command, stdio, out).run();
    }

    private int run() throws IOException, InterruptedException {
        FutureTask<Integer> life = new FutureTask<>(this::live);
        try (Signals _ = stdio == Stdio.CAPTURED ? Signals.none() : Signals.to(this::signal)) {
            Thread thread = Thread.ofPlatform().daemon().name("container").unstarted(life);
            thread.start();
            return life.get();
        } catch (InterruptedException e) {
            stopped = true;
            whenStarted(ContainerProcess::kill);
            awaitEnd(life);
            throw e;
        } catch (ExecutionException e) {
            throw rethrow(e);
        }
    }

    /// The life of the thread: all of the process's.
    private int live() throws IOException, InterruptedException {
        Process process = start();
        started.complete(process);
        try {
            if (stdio == Stdio.CAPTURED) {
                pump(process.getInputStream());
            }
        } catch (IOException | RuntimeException | Error e) {
            kill(process);
            process.waitFor();
            throw e;
        }
        return process.waitFor();
    }

    private Process start() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().clear();
        builder.environment().putAll(ENVIRONMENT);
        switch (stdio) {
            case CAPTURED ->
                    builder.redirectInput(Redirect.from(new File("/dev/null")))
                            .redirectErrorStream(true);
            case INHERITED, TERMINAL -> builder.inheritIO();
        }
        try {
            return builder.start();
        } catch (IOException e) {
            throw new IOException(
                    "can't start a container: "
                            + e.getMessage()
                            + "; jbuild needs setpriv, setsid, unshare and mount (apt-get install"
                            + " util-linux)",
                    e);
        }
    }

    /// Ends when the last process that has the other end is gone.
    private void pump(InputStream output) throws IOException {
        LineDecoder lines = new LineDecoder(out);
        byte[] buffer = new byte[16 << 10];
        int length;
        while ((length = output.read(buffer)) >= 0) {
            lines.write(buffer, length);
        }
        lines.flush();
    }

    /// Kills the first process of the namespace, whose parent then waits until all the others are
    /// gone too; or the parent, if it has not got that far.
    private static void kill(Process process) {
        List<ProcessHandle> first = process.children().toList();
        if (first.isEmpty()) {
            process.destroyForcibly();
        }
        first.forEach(ProcessHandle::destroyForcibly);
    }

    /// Sends a signal to the runtime, which hands it on to the program.
    private void signal(String name) {
        whenStarted(
                process -> process.children().forEach(first -> Signals.send(name, first.pid())));
    }

    /// Now, or as soon as the process is there, on whichever thread.
    private void whenStarted(Consumer<Process> action) {
        var _ = started.thenAccept(action);
    }

    private static void awaitEnd(FutureTask<Integer> life) {
        boolean ended = false;
        while (!ended) {
            try {
                life.get();
                ended = true;
            } catch (InterruptedException e) {
                // The caller gets the first one.
            } catch (ExecutionException e) {
                ended = true;
            }
        }
    }

    private static IOException rethrow(ExecutionException wrapped) {
        return switch (wrapped.getCause()) {
            case IOException e -> e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> new IOException(wrapped);
        };
    }

    private static String script(String name) throws IOException {
        try (InputStream in = ContainerProcess.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new FileNotFoundException("resource " + name + " is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
