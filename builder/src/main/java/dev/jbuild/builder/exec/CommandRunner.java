package dev.jbuild.builder.exec;

import java.io.IOException;

/// Runs commands in root file systems. Safe for use by several threads.
public interface CommandRunner {

    /// Runs a command to its end. Nothing of it is left afterwards, however it ended, even if this
    /// JVM is killed: no process, no mount, no cgroup, and no mount point in the root file system.
    /// An interrupt kills all its processes.
    ///
    /// @param out takes the output of the command, on another thread than the caller's; unused
    ///     unless the spec's [Stdio] is `CAPTURED`
    /// @return the exit code of the command; 128 + n if signal n ended it
    /// @throws NoRuntimeException if no runtime works on this host
    /// @throws ProgramNotStartedException if the program is missing or can't be executed
    /// @throws RuntimeFailedException if the runtime ended before the program was started
    /// @throws InterruptedException after an interrupt, when the last process is gone
    int run(RunSpec spec, OutputSink out) throws IOException, InterruptedException;
}
