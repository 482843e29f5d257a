/// Keeping a store in order: what it holds ([StoreContents]), what of it can go ([Pruner]), and
/// what is damaged. Start with [Pruner].
package dev.jbuild.builder.upkeep;
