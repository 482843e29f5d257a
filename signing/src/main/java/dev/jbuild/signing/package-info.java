/// Signatures of images. A [Signer] makes a [SignatureLayer], a [SignatureImage] collects them as
/// the image that cosign and skopeo look for, a [Verifier] turns them into a [Verdict]. Keys are in
/// [KeyFile]s. Storage and transport are the caller's.
package dev.jbuild.signing;
