/// OCI values (`dev.jbuild.oci`), the store of content-addressed blobs (`dev.jbuild.store`) and
/// layers as tar (`dev.jbuild.store.layer`). At the bottom of the graph: it knows none of the other
/// modules.
@org.jspecify.annotations.NullMarked
module dev.jbuild.store {
    requires static transitive org.jspecify;
    requires com.fasterxml.jackson.core;
    requires com.github.luben.zstd_jni;
    requires org.apache.commons.compress;
    requires org.tukaani.xz;

    exports dev.jbuild.oci;
    exports dev.jbuild.store;
    exports dev.jbuild.store.check;
    exports dev.jbuild.store.layer;
    exports dev.jbuild.store.layout;
}
