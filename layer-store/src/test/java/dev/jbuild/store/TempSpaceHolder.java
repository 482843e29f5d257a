package dev.jbuild.store;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// A process that holds a temporary space until it is killed.
final class TempSpaceHolder {
    private TempSpaceHolder() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        TempSpace space = TempSpace.open(Path.of(args[0]));
        Files.writeString(space.directory().resolve("file"), "in use");
        try (PrintStream out =
                new PrintStream(
                        new java.io.FileOutputStream(java.io.FileDescriptor.out),
                        true,
                        StandardCharsets.UTF_8)) {
            out.println(space.directory());
            Thread.sleep(60_000);
        }
        space.close();
    }
}
