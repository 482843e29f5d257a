/// What the registry keeps: content by digest as files ([ContentStore]), uploads under way
/// ([UploadSessions]), and everything else in a transactional index ([Metadata]). A file is made
/// permanent before the index speaks of it, so a crash leaves garbage, never a lie.
package dev.jbuild.registry.server.storage;
