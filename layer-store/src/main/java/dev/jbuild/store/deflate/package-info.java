/// Deflate (RFC 1951) in Java: the same bytes on every machine, JVM and number of threads.
/// [Deflate] compresses a block; [MatchFinder] finds what was there before, [BlockWriter] writes it
/// in Huffman codes.
package dev.jbuild.store.deflate;
