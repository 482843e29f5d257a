/// Contexts to build, and examples of the API.
@org.jspecify.annotations.NullMarked
module dev.jbuild.samples {
    requires dev.jbuild.builder;
    requires static org.jspecify;
}
