package dev.jbuild.builder.source;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/// A tree of files that sources of COPY and ADD are looked up in. Links are followed as if its root
/// were the root of the file system: nothing outside is ever reached.
///
/// @param root its directory
/// @param rule what of it doesn't exist as far as sources are concerned
public record SourceTree(Path root, ExclusionRule rule) {
    private static final int MAX_LINKS = 255;

    /// Whether a source may stand for several things, or none.
    public static boolean isPattern(String source) {
        return PathPattern.isOpen(source);
    }

    /// What a source stands for: a path, or all that match a pattern, sorted.
    ///
    /// @return empty if there is no such thing
    /// @throws IllegalArgumentException if a pattern is malformed
    public List<SourceMatch> find(String source) throws IOException {
        List<SourceMatch> matches = new ArrayList<>();
        find(new ArrayDeque<>(components(source)), "", matches);
        return matches;
    }

    private void find(Deque<String> components, String at, List<SourceMatch> matches)
            throws IOException {
        if (components.isEmpty()) {
            match(at).ifPresent(matches::add);
            return;
        }
        String component = components.removeFirst();
        if (PathPattern.isWildcard(component)) {
            PathPattern pattern = PathPattern.compile(component);
            for (String name : names(at)) {
                if (pattern.matches(name)) {
                    find(new ArrayDeque<>(components), join(at, name), matches);
                }
            }
        } else {
            find(components, join(at, component), matches);
        }
    }

    private Optional<SourceMatch> match(String path) throws IOException {
        Path file = resolve(path);
        Optional<BasicFileAttributes> found = attributes(file);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        boolean directory = found.get().isDirectory();
        String real = root.relativize(file).toString();
        if (isLeftOut(path, directory) || isLeftOut(real, directory)) {
            return Optional.empty();
        }
        return Optional.of(new SourceMatch(path, real, file, directory));
    }

    private boolean isLeftOut(String path, boolean directory) {
        return !path.isEmpty() && (directory ? rule.prunes(path) : rule.excludes(path));
    }

    /// @return empty if there is no such file; whatever else is wrong with it is told
    private static Optional<BasicFileAttributes> attributes(Path file) throws IOException {
        try {
            return Optional.of(
                    Files.readAttributes(
                            file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (FileSystemException e) {
            if ("Not a directory".equals(e.getReason())) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private List<String> names(String directory) throws IOException {
        Path dir = resolve(directory);
        if (!attributes(dir).map(BasicFileAttributes::isDirectory).orElse(false)) {
            return List.of();
        }
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(dir)) {
            entries.forEach(entry -> names.add(entry.getFileName().toString()));
        }
        names.sort(Comparator.naturalOrder());
        return names;
    }

    /// Where a path leads, all links followed within the root. The result need not exist.
    public Path resolve(String path) throws IOException {
        Deque<String> left = new ArrayDeque<>(components(path));
        Path at = root;
        int links = 0;
        while (!left.isEmpty()) {
            String name = left.removeFirst();
            if (name.equals("..")) {
                at = at.equals(root) ? root : parent(at);
                continue;
            }
            Path next = at.resolve(name);
            if (!Files.isSymbolicLink(next)) {
                at = next;
                continue;
            }
            links++;
            if (links > MAX_LINKS) {
                throw new IOException("'" + path + "': too many symbolic links");
            }
            String target = Files.readSymbolicLink(next).toString();
            for (String component : List.of(target.split("/", -1)).reversed()) {
                if (!component.isEmpty() && !component.equals(".")) {
                    left.addFirst(component);
                }
            }
            at = target.startsWith("/") ? root : at;
        }
        return at;
    }

    private static Path parent(Path path) {
        Path parent = path.getParent();
        if (parent == null) {
            throw new IllegalStateException(path + " is below the root, so it has a parent");
        }
        return parent;
    }

    private static List<String> components(String path) {
        List<String> components = new ArrayList<>();
        for (String component : path.split("/", -1)) {
            if (component.equals("..")) {
                if (!components.isEmpty() && !components.getLast().equals("..")) {
                    components.removeLast();
                } else if (!components.isEmpty()) {
                    components.add(component);
                }
            } else if (!component.isEmpty() && !component.equals(".")) {
                components.add(component);
            }
        }
        return components;
    }

    private static String join(String directory, String name) {
        return directory.isEmpty() ? name : directory + "/" + name;
    }
}
