/// Snapshots: what a stack of layers looks like as a directory, made once and named by its chainID.
/// Start with [Snapshotter].
package dev.jbuild.overlay;
