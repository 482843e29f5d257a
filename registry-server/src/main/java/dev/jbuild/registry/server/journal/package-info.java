/// A file that repeats what only the index knows, so that the index can be made anew if it is lost:
/// each group of transactions is a batch of [dev.jbuild.registry.server.storage.Change]s, appended
/// and synced before the index commits. See decisions/0008.
package dev.jbuild.registry.server.journal;
