package dev.jbuild.registry.server.storage;

/// How many uploads may be under way at a time. Those that nobody goes on with count until they
/// expire.
///
/// @param perRepository in one repository
/// @param perUser started by one user since the server started, where access is controlled
public record UploadLimits(int perRepository, int perUser) {
    public static final UploadLimits DEFAULT = new UploadLimits(1000, 5000);
}
