/// The HTTP engine: Netty reads and writes, a virtual thread per request answers. Start with
/// [HttpFrontend]; nothing outside knows of Netty.
package dev.jbuild.registry.server.netty;
