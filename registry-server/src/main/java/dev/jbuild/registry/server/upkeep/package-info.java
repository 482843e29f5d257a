/// What a registry does beside answering: it collects garbage ([GarbageCollector]) and ends
/// abandoned uploads, from time to time ([Housekeeping]) or when asked to.
package dev.jbuild.registry.server.upkeep;
