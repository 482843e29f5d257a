/// The command line: the only package that parses arguments, prints, reads the environment and
/// exits. Nothing depends on it. Start with `Main`; a command is one class.
package dev.jbuild.cli;
