package dev.jbuild.builder.remote;

import dev.jbuild.oci.Digest;
import java.time.Instant;

/// What a URL stands for.
///
/// @param name the last part of the URL's path, for where it is put into a directory
/// @param mtime the server's `Last-Modified`; 1970 if it says none or wasn't asked
public record RemoteFile(String name, Digest content, Instant mtime) {}
