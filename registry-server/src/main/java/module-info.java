/// The included registry: OCI distribution over HTTP, durable.
@org.jspecify.annotations.NullMarked
module dev.jbuild.registry.server {
    requires transitive dev.jbuild.store;
    requires static transitive org.jspecify;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.http;
    requires io.netty.codec.http2;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.transport;
    requires io.prometheus.metrics.core;
    requires io.prometheus.writer.text;
    requires io.prometheus.metrics.model;
    requires java.naming;
    requires java.net.http;
    requires java.sql;
    requires org.bouncycastle.provider;
    requires org.snakeyaml.engine;
    requires org.xerial.sqlitejdbc;

    exports dev.jbuild.registry.server;
}
