package dev.jbuild.oci;

/// A document with the very bytes received or written, so that its digest never depends on encoding
/// it again.
public final class Encoded<T> {
    private final T value;
    private final byte[] bytes;
    private final Descriptor descriptor;

    private Encoded(T value, byte[] bytes, Descriptor descriptor) {
        this.value = value;
        this.bytes = bytes;
        this.descriptor = descriptor;
    }

    /// @param bytes what `value` was read from or written to; copied
    /// @param mediaType the media type of the bytes
    public static <T> Encoded<T> of(T value, byte[] bytes, MediaType mediaType) {
        byte[] copy = bytes.clone();
        return new Encoded<>(value, copy, Descriptor.of(mediaType, copy));
    }

    public T value() {
        return value;
    }

    /// A copy of the bytes.
    public byte[] bytes() {
        return bytes.clone();
    }

    /// Points at the bytes; SHA-256.
    public Descriptor descriptor() {
        return descriptor;
    }

    @Override
    public String toString() {
        return descriptor.mediaType() + " " + descriptor.digest();
    }
}
