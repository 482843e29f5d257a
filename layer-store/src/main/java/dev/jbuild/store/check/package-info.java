/// Finds and mends damage in a store. Start with [StoreCheck].
package dev.jbuild.store.check;
