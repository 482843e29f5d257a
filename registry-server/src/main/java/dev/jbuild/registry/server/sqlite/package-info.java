/// The index in an SQLite file. Start with [SqliteMetadata]; another database would be a second
/// package like this.
package dev.jbuild.registry.server.sqlite;
