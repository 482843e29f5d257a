package dev.jbuild.builder.solve;

import dev.jbuild.builder.event.BuildEvent;
import dev.jbuild.builder.exec.UnknownUserException;
import dev.jbuild.builder.exec.User;
import dev.jbuild.builder.exec.UserLookup;
import dev.jbuild.builder.plan.Step;
import dev.jbuild.builder.source.ReadContents;
import dev.jbuild.oci.ChainId;
import dev.jbuild.overlay.KnownTree;
import dev.jbuild.overlay.LayerCopier;
import dev.jbuild.overlay.NotStreamableException;
import dev.jbuild.overlay.ReadFiles;
import dev.jbuild.store.FileTrees;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.LayerReader;
import dev.jbuild.store.layer.LayerSource;
import dev.jbuild.store.layer.LayerWriter;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Executes copies straight into layers: nothing is unpacked, mounted or copied on disk. For stages
/// whose files no later step has to see. Safe for use by several threads.
final class Streaming {
    private static final EntryPath PASSWD = EntryPath.of("etc/passwd");
    private static final EntryPath GROUP = EntryPath.of("etc/group");

    /// Bytes of layers that are read about as fast as what a tree of them takes.
    private static final long WORTH_KEEPING = 1 << 20;

    private final Store store;
    private final CopyStep copying;
    private final SolveOptions options;
    private final TreeCache kept;
    private final Map<ChainId, KnownTree> trees = new ConcurrentHashMap<>();

    Streaming(Store store, CopyStep copying, SolveOptions options) {
        this.store = store;
        this.copying = copying;
        this.options = options;
        this.kept = new TreeCache(store);
    }

    /// Whether nothing has to be read to know what there is.
    boolean knows(FileSystemState files) {
        return files.chain().map(trees::containsKey).orElse(true);
    }

    /// @param step the layers it starts from are in the store
    /// @param events told of the layer when it begins
    /// @param contents what takes the content of what is copied, unless it is known
    /// @return empty if the step needs a snapshot after all
    Optional<Executed> execute(
            Step step,
            StepInput input,
            Optional<ReadContents> contents,
            LayersAtWork work,
            Consumer<BuildEvent> events,
            Consumer<String> warnings)
            throws IOException, InterruptedException {
        try (LayerCopier copier =
                        new LayerCopier(
                                tree(input.files()),
                                warnings,
                                contents.map(ReadFiles.class::cast));
                LayerOnce layer = new LayerOnce(copier, input, events)) {
            Instant epoch = input.epoch();
            Optional<CacheKey> key = Optional.empty();
            if (step instanceof Step.CopyFiles copy) {
                CopyStep.Into into =
                        new CopyStep.Into(
                                copier, user -> user(copier, user), layer::write, contents);
                CopyStep.Copied copied = copying.copy(copy, input, into, warnings);
                epoch = copied.epoch();
                key = copied.key();
            } else if (step instanceof Step.MakeDirectory make
                    && copier.isDirectory(copier.resolve(make.path()))) {
                return Optional.of(
                        new Executed(new StepResult(Optional.empty(), time(epoch)), key));
            } else if (step instanceof Step.MakeDirectory make && makeDirectory(copier, make)) {
                layer.write(epoch);
            } else {
                return Optional.empty();
            }
            Instant time = time(epoch);
            Optional<LayerRef> made = layer.finish(input.files().chain(), time, work);
            return Optional.of(new Executed(new StepResult(made, time), key));
        } catch (NotStreamableException e) {
            return Optional.empty();
        }
    }

    /// The one layer of a step.
    private final class LayerOnce implements AutoCloseable {
        private final LayerCopier copier;
        private final StepInput input;
        private final Consumer<BuildEvent> events;
        private @Nullable LayerWriter writer;
        private boolean changed;
        private boolean handedOn;

        LayerOnce(LayerCopier copier, StepInput input, Consumer<BuildEvent> events) {
            this.copier = copier;
            this.input = input;
            this.events = events;
        }

        /// When it returns, all that was copied is read and hashed.
        void write(Instant epoch) throws IOException {
            writer =
                    LayerWriter.open(
                            store.blobs(),
                            options.layers(),
                            input.last() ? Optional.empty() : Optional.of(store.temp()));
            StepExecutor.tellBegun(writer, input, events);
            changed = copier.write(writer, time(epoch));
            if (changed) {
                writer.end();
            }
        }

        Optional<LayerRef> finish(Optional<ChainId> parent, Instant time, LayersAtWork work)
                throws IOException, InterruptedException {
            if (!changed || writer == null) {
                return Optional.empty();
            }
            handedOn = true;
            PendingLayer layer = work.finish(writer);
            trees.put(ChainId.extend(parent, layer.diffId()), copier.after(time));
            return Optional.of(layer);
        }

        @Override
        public void close() throws IOException {
            if (!handedOn && writer != null) {
                writer.close();
            }
        }
    }

    private Instant time(Instant epoch) {
        return options.sourceDateEpoch().orElse(epoch);
    }

    /// @return false if it can't be made: in a snapshot, the step says why
    private boolean makeDirectory(LayerCopier copier, Step.MakeDirectory make) throws IOException {
        EntryPath path = copier.resolve(make.path());
        try {
            User user = user(copier, make.user());
            copier.makeDirectories(path, new Metadata(0755, user.uid(), user.gid(), Instant.EPOCH));
            return true;
        } catch (UnknownUserException | NotDirectoryException e) {
            return false;
        }
    }

    private KnownTree tree(FileSystemState files) throws IOException {
        Optional<ChainId> chain = files.chain();
        if (chain.isEmpty()) {
            return KnownTree.EMPTY;
        }
        KnownTree known = trees.get(chain.get());
        if (known == null) {
            known = read(files, chain.get());
            trees.put(chain.get(), known);
        }
        return known;
    }

    /// From the highest layer whose tree is known; the rest is read.
    private KnownTree read(FileSystemState files, ChainId top) throws IOException {
        List<LayerRef> rest = new ArrayList<>();
        KnownTree below = KnownTree.EMPTY;
        FileSystemState at = files;
        while (!at.layers().isEmpty()) {
            Optional<KnownTree> known = kept.find(at.chain().orElseThrow());
            if (known.isPresent()) {
                below = known.get();
                break;
            }
            rest.addFirst(at.layers().getLast());
            at = at.below();
        }
        KnownTree.Reader reader = new KnownTree.Reader(below);
        long bytes = 0;
        for (LayerRef layer : rest) {
            bytes += layer.descriptor().size();
            try (LayerSource source =
                    LayerReader.open(store.blobs(), layer.descriptor(), layer.diffId())) {
                reader.add(source);
            }
        }
        KnownTree tree = reader.tree();
        if (bytes >= WORTH_KEEPING) {
            kept.put(top, tree);
        }
        return tree;
    }

    /// A user of the image, by its own files.
    private User user(LayerCopier copier, String user) throws IOException {
        Path root = store.temp().next("users");
        try {
            Files.createDirectories(root.resolve("etc"));
            for (EntryPath file : new EntryPath[] {PASSWD, GROUP}) {
                Optional<byte[]> content = copier.content(file);
                if (content.isPresent()) {
                    Files.write(root.resolve(file.toString()), content.get());
                }
            }
            return UserLookup.resolve(root, user);
        } finally {
            FileTrees.delete(root);
        }
    }
}
