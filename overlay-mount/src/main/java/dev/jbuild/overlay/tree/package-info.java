/// What happens to trees of files: [TreeDiff] finds the changes between two, [LayerUnpacker] makes
/// a layer's changes, [Times] gives fresh mtimes one value. Everything goes through open
/// directories, one component at a time, so that no symlink is followed unless it is meant to be,
/// and a path may be longer than the kernel's limit.
package dev.jbuild.overlay.tree;
