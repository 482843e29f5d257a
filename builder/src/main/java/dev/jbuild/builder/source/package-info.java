/// Where COPY and ADD take files from: the build context and its content as a cache key. Start with
/// [BuildContext].
package dev.jbuild.builder.source;
