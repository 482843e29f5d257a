/// Files on web servers, for ADD: what they are as a part of a cache key, and their content. Start
/// with [RemoteFiles]. OkHttp is loaded only when a server has to be asked.
package dev.jbuild.builder.remote;
