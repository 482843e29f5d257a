/// Another registry as a source of content that is damaged here ([RegistryMirror]): a small client
/// that believes nothing, waits for nothing without end, and gives its password to nobody else.
package dev.jbuild.registry.server.mirror;
