package dev.jbuild.cli;

import dev.jbuild.dockerfile.DockerfileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// Tells a failure to the user: one message that says what, where and how to mend it; a stack trace
/// only with `--debug`.
final class Failures {
    private Failures() {}

    static ExitCode tell(Exception failure, boolean debug, Console console) {
        Throwable cause = unwrap(failure);
        console.out().flush();
        console.err().println("jbuild: " + message(cause));
        if (debug) {
            failure.printStackTrace(console.err());
        }
        return failure instanceof NotComparedException ? ExitCode.NOT_COMPARED : ExitCode.FAILED;
    }

    private static Throwable unwrap(Throwable failure) {
        Throwable cause = failure.getCause();
        boolean wrapper =
                failure instanceof ExecutionException
                        || failure instanceof UncheckedIOException
                        || failure instanceof NotComparedException;
        return wrapper && cause != null ? unwrap(cause) : failure;
    }

    static String message(Throwable failure) {
        return switch (failure) {
            case DockerfileException e -> e.render();
            case FileSystemException e when hasOwnReason(e) ->
                    named(e.getFile()) + ": " + e.getReason();
            case NoSuchFileException e -> "no such file or directory: " + named(e.getFile());
            case FileAlreadyExistsException e -> named(e.getFile()) + " exists already";
            case NotDirectoryException e -> "not a directory: " + named(e.getFile());
            case AccessDeniedException e ->
                    "permission denied: "
                            + named(e.getFile())
                            + "; run as its owner, or choose another place";
            case FileSystemException e when noSpace(e) ->
                    "the disk is full: "
                            + named(e.getFile())
                            + "; make room (jbuild prune) and try again";
            case FileSystemException e -> named(e.getFile()) + ": " + e.getReason();
            case IOException e when noSpace(e) ->
                    "the disk is full; make room (jbuild prune) and try again";
            case IOException e when e.getMessage() != null -> e.getMessage();
            case UnsupportedOperationException e when e.getMessage() != null -> e.getMessage();
            case IllegalArgumentException e when e.getMessage() != null -> e.getMessage();
            default ->
                    "internal error: "
                            + failure
                            + "; this is a defect of jbuild: run again with --debug and report what it shows";
        };
    }

    /// Whether one of ours says more than the type: the platform gives these types no reason.
    private static boolean hasOwnReason(FileSystemException e) {
        boolean typed =
                e instanceof NoSuchFileException
                        || e instanceof FileAlreadyExistsException
                        || e instanceof NotDirectoryException;
        return typed && e.getReason() != null;
    }

    private static boolean noSpace(IOException e) {
        String text = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
        return text != null && text.contains("No space left on device");
    }

    private static String named(@Nullable String file) {
        return file == null ? "(unnamed)" : file;
    }
}
