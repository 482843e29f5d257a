/// Snapshots of a root file system by chainID, overlay mounts, and directories as changes. The only
/// module with native access.
@org.jspecify.annotations.NullMarked
module dev.jbuild.overlay {
    requires transitive dev.jbuild.store;
    requires static transitive org.jspecify;

    exports dev.jbuild.overlay;
}
