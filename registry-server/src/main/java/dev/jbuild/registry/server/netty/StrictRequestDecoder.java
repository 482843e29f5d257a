package dev.jbuild.registry.server.netty;

import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;

/// Refuses what two HTTP servers in a row could understand differently (RFC 9112, 6.1, and 11.2,
/// "Request Smuggling"): `Content-Length` beside `Transfer-Encoding`.
final class StrictRequestDecoder extends HttpRequestDecoder {
    private static final int LARGEST_PIECE = 256 * 1024;

    StrictRequestDecoder(HttpLimits limits) {
        super(
                new HttpDecoderConfig()
                        .setMaxInitialLineLength(limits.line())
                        .setMaxHeaderSize(limits.headers())
                        .setMaxChunkSize(LARGEST_PIECE)
                        .setAllowDuplicateContentLengths(false));
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        throw new IllegalArgumentException(
                "both Content-Length and Transfer-Encoding: one of them has to go");
    }
}
