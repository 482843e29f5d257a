/// What files mean that may change while the server runs.
package dev.jbuild.registry.server.reload;
