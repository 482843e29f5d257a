package dev.jbuild.registry.server.transfer;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.ManifestIndex;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.Page;
import dev.jbuild.registry.server.upkeep.Backup;
import dev.jbuild.registry.server.upkeep.Stop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// Writes repositories into an OCI image layout, beside everything else: the index as it is at one
/// moment, and then the content that it speaks of. Blobs that no manifest refers to stay behind.
public final class Exporter {
    private static final int PAGE = 500;

    private final Metadata metadata;
    private final ContentStore content;
    private final Backup.Opener opener;

    /// @param left manifests that were left out: something of theirs is damaged or missing
    public record Exported(
            long repositories, long manifests, long tags, long files, long bytes, long left) {}

    public Exporter(Metadata metadata, ContentStore content, Backup.Opener opener) {
        this.metadata = metadata;
        this.content = content;
        this.opener = opener;
    }

    /// @param which repositories
    /// @param output a directory that is empty or not there, or a file that ends with `.tar`
    /// @param told of what is left out, a line each
    /// @param stop ends it early, which leaves no layout
    public Exported export(
            Predicate<RepositoryName> which, Path output, Consumer<String> told, Stop stop)
            throws IOException {
        Path copy = content.temporary();
        try (LayoutSink sink = LayoutSink.open(output)) {
            metadata.copyTo(copy);
            try (Metadata snapshot = opener.open(copy)) {
                Exporting exporting = new Exporting(snapshot, content, sink, told, stop);
                String after = "";
                List<String> names = snapshot.repositories().repositories(new Page(PAGE, after));
                while (!names.isEmpty()) {
                    for (String name : names) {
                        RepositoryName repository = new RepositoryName(name);
                        if (which.test(repository)) {
                            exporting.add(repository);
                        }
                    }
                    after = names.getLast();
                    names = snapshot.repositories().repositories(new Page(PAGE, after));
                }
                return exporting.finish();
            }
        } finally {
            for (String side : List.of("", "-wal", "-shm")) {
                Files.deleteIfExists(copy.resolveSibling(copy.getFileName() + side));
            }
        }
    }

    /// What is still missing, or wrong, for the operator.
    static String lacks(RepositoryName repository, Digest manifest, Digest what) {
        return "left out: "
                + repository
                + "@"
                + manifest
                + (manifest.equals(what) ? " is" : ": " + what + " is")
                + " damaged or missing";
    }

    /// What no registry that compares sizes would take.
    static String contradicts(
            RepositoryName repository, Digest manifest, ManifestIndex.Mention mention, long size) {
        return "left out: "
                + repository
                + "@"
                + manifest
                + " says that "
                + mention.digest()
                + " has "
                + mention.size()
                + " bytes, but it has "
                + size;
    }
}
