/// Dockerfile text to typed instructions. Depends on nothing but java.base.
@org.jspecify.annotations.NullMarked
module dev.jbuild.dockerfile {
    requires static transitive org.jspecify;

    exports dev.jbuild.dockerfile;
    exports dev.jbuild.dockerfile.check;
    exports dev.jbuild.dockerfile.text to
            dev.jbuild.builder;
}
