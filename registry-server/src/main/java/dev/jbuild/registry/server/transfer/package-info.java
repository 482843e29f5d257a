/// Repositories as OCI image layouts: out of a registry ([Exporter]) and into one ([Importer]), by
/// directories or tars that other tools read and write.
package dev.jbuild.registry.server.transfer;
