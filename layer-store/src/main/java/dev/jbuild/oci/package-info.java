/// The values of the OCI specifications: digests, descriptors, manifests, image configurations,
/// references, and the one JSON codec ([OciJson]). Immutable, checked in their constructors, free
/// of I/O. Start with [Descriptor].
package dev.jbuild.oci;
