/// Pulls and pushes images over the OCI distribution API.
@org.jspecify.annotations.NullMarked
module dev.jbuild.registry.client {
    requires transitive dev.jbuild.store;
    requires static transitive org.jspecify;
    requires okhttp3;

    exports dev.jbuild.registry.client;
    exports dev.jbuild.registry.client.auth;
}
