/// A whole store directory ([dev.jbuild.store.layout.Store]), and what works on all of it: import,
/// load and save, collection of garbage, verification.
package dev.jbuild.store.layout;
