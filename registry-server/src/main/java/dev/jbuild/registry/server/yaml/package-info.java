/// Files that people write, in YAML, with the line of everything that is wrong in them.
package dev.jbuild.registry.server.yaml;
