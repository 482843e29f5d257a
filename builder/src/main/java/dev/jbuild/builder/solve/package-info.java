/// Executes a plan: each step once, independent stages side by side, nothing that is known already.
/// Start with `Solver`.
package dev.jbuild.builder.solve;
