package dev.jbuild.store;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/// How many files a tree has, and their bytes.
public record FileSizes(int files, long bytes) {

    /// Of a directory, or of nothing. What vanishes meanwhile, or can't be read, is passed over.
    public static FileSizes of(Path tree) throws IOException {
        int[] files = {0};
        long[] bytes = {0};
        Files.walkFileTree(
                tree,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        files[0]++;
                        bytes[0] += attributes.size();
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException e) {
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path directory, @org.jspecify.annotations.Nullable IOException e) {
                        return FileVisitResult.CONTINUE;
                    }
                });
        return new FileSizes(files[0], bytes[0]);
    }

    public FileSizes plus(FileSizes other) {
        return new FileSizes(files + other.files, bytes + other.bytes);
    }
}
