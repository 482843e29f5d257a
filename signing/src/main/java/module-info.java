/// Keys, signatures and their verification, in the formats that cosign and skopeo read. Works on
/// values: it knows nothing of the network.
@org.jspecify.annotations.NullMarked
module dev.jbuild.signing {
    requires transitive dev.jbuild.store;
    requires static transitive org.jspecify;
    requires org.bouncycastle.provider;

    exports dev.jbuild.signing;
}
