/// What operators and their programs ask a server: whether it lives, whether it is ready, its
/// figures.
package dev.jbuild.registry.server.operation;
