/// Pulls and pushes images over the OCI distribution API.
@org.jspecify.annotations.NullMarked
module dev.jbuild.registry.client {
    requires transitive dev.jbuild.store;
    requires static transitive org.jspecify;
    requires transitive okhttp3;
    requires org.bouncycastle.provider;

    exports dev.jbuild.registry.client;
    exports dev.jbuild.registry.client.auth;
    exports dev.jbuild.registry.client.network;
}
