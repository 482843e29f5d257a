package dev.jbuild.registry.client.transport;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import okhttp3.HttpUrl;
import okhttp3.Response;

/// A response, of any status. Must be closed.
public final class Answer implements AutoCloseable {
    private final Response response;

    Answer(Response response) {
        this.response = response;
    }

    public int status() {
        return response.code();
    }

    public boolean isSuccess() {
        return response.isSuccessful();
    }

    /// Where it came from, which redirects may have changed.
    public HttpUrl url() {
        return response.request().url();
    }

    public String method() {
        return response.request().method();
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(response.header(name));
    }

    public List<String> headers(String name) {
        return response.headers(name);
    }

    /// `Content-Length`, also of an answer to HEAD.
    public OptionalLong length() {
        String text = response.header("Content-Length");
        if (text == null || !text.matches("[0-9]{1,18}")) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(Long.parseLong(text));
    }

    /// The body, to be read once.
    public InputStream body() {
        return response.body().byteStream();
    }

    /// The whole body.
    ///
    /// @param most bytes; one more is an error
    public byte[] bytes(int most) throws IOException {
        byte[] bytes = body().readNBytes(most + 1);
        if (bytes.length > most) {
            throw new OversizeException(most);
        }
        return bytes;
    }

    /// At most so many bytes of the body.
    public byte[] beginning(int most) throws IOException {
        return body().readNBytes(most);
    }

    @Override
    public void close() {
        response.close();
    }
}
