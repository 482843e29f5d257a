/// The OCI distribution specification 1.1 and the additions of its coming version: which request
/// means what ([Router], [Route]) and how it is answered ([RegistryHandler]).
package dev.jbuild.registry.server.protocol;
