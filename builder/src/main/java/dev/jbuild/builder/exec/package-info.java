/// Runs a process in a root file system through an OCI runtime (crun or runc): start with
/// [CommandRunner] and [RunSpec]. Not in here: where the root file system comes from, what becomes
/// of its changes, and which command a Dockerfile means.
package dev.jbuild.builder.exec;
