/// Keys, signatures and their verification.
@org.jspecify.annotations.NullMarked
module dev.jbuild.signing {
    requires transitive dev.jbuild.store;
    requires static transitive org.jspecify;

    exports dev.jbuild.signing;
}
