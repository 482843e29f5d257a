/// The included registry: OCI distribution over HTTP, durable.
@org.jspecify.annotations.NullMarked
module dev.jbuild.registry.server {
    requires transitive dev.jbuild.store;
    requires static transitive org.jspecify;

    exports dev.jbuild.registry.server;
}
