/// From instructions to a plan: which stages are needed, what each step does with all its words
/// expanded, and what the configuration of each stage becomes. Pure but for asking what the base
/// images are. Start with [BuildPlanner].
package dev.jbuild.builder.plan;
