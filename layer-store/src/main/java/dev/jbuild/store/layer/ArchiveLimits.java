package dev.jbuild.store.layer;

/// What an archive that others made may ask of this machine. Each limit is above what images have,
/// and is raised by a system property, which [#DEFAULT] reads: the launcher hands on those in
/// `JBUILD_JAVA_OPTS`.
///
/// @param bytes that compressed content may always decompress to
/// @param ratio how many times its compressed size it may have beyond that
/// @param entries of one archive
/// @param depth components of one path
/// @param holes bytes of zeros that the sparse files of one archive may have without storing them
/// @param memory bytes that may be kept of the names and attributes of one layer while it is
///     unpacked
public record ArchiveLimits(
        long bytes, long ratio, long entries, int depth, long holes, long memory) {
    private static final String PROPERTY = "jbuild.limit.";

    /// 4 GiB or 200 times the compressed size, 2,000,000 entries, paths of 2,048 components, as
    /// many as a path of 4,096 bytes can have, 64 GiB of holes, 192 MiB of memory, unless a
    /// property says otherwise.
    public static final ArchiveLimits DEFAULT =
            new ArchiveLimits(
                    Long.getLong(PROPERTY + "bytes", 4L << 30),
                    Long.getLong(PROPERTY + "ratio", 200),
                    Long.getLong(PROPERTY + "entries", 2_000_000),
                    Integer.getInteger(PROPERTY + "depth", 2048),
                    Long.getLong(PROPERTY + "holes", 64L << 30),
                    Long.getLong(PROPERTY + "memory", 192L << 20));

    /// What to do about a limit that was reached, for the end of a message.
    public static String remedy(String limit) {
        return "; if you trust it, raise the limit: JBUILD_JAVA_OPTS=-D" + PROPERTY + limit + "=N";
    }
}
