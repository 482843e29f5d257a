/// What an operator asks of a registry: the commands ([AdminCommand]), what they do
/// ([Administrator]), and how a command reaches a server that runs ([ControlSocket],
/// [ControlClient]).
package dev.jbuild.registry.server.admin;
