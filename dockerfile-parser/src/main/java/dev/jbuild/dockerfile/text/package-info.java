/// Text as Go's standard library sees it, where the language depends on that: what a space is,
/// how a string is quoted, what a JSON array, a CSV record, a duration or a shell pattern is.
/// Knows nothing of Dockerfiles.
package dev.jbuild.dockerfile.text;
