/// How other machines are reached: through which proxy, and whom of them is trusted.
package dev.jbuild.registry.client.network;
