/// What differs between two images of one store or two: manifests, configurations and layers. Start
/// at [ImageComparison]; what it finds is a list of [Difference]s.
package dev.jbuild.builder.compare;
