/// Plan, solve, execute, assemble (`dev.jbuild.builder`), and the command line (`dev.jbuild.cli`).
@org.jspecify.annotations.NullMarked
module dev.jbuild.builder {
    requires transitive dev.jbuild.dockerfile;
    requires transitive dev.jbuild.overlay;
    requires transitive dev.jbuild.registry.client;
    requires transitive dev.jbuild.signing;
    requires transitive dev.jbuild.store;
    requires static transitive org.jspecify;
    requires info.picocli;
    requires jdk.unsupported;
    requires okhttp3;

    exports dev.jbuild.builder;
    exports dev.jbuild.builder.event;
    exports dev.jbuild.builder.exec;
    exports dev.jbuild.builder.image;
    exports dev.jbuild.builder.plan;
    exports dev.jbuild.builder.solve;
    exports dev.jbuild.builder.upkeep;
}
