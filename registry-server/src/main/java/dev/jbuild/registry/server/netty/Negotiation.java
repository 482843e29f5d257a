package dev.jbuild.registry.server.netty;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;

/// Waits for the client to choose a protocol in its TLS handshake (RFC 7301); who says nothing
/// speaks HTTP/1.1.
@SuppressWarnings("FutureReturnValueIgnored")
final class Negotiation extends ApplicationProtocolNegotiationHandler {
    private final Runnable http1;
    private final Runnable http2;

    /// @param http1 prepares the pipeline for it and asks for the first request
    /// @param http2 likewise
    Negotiation(Runnable http1, Runnable http2) {
        super(ApplicationProtocolNames.HTTP_1_1);
        this.http1 = http1;
        this.http2 = http2;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        context.read();
    }

    @Override
    protected void configurePipeline(ChannelHandlerContext context, String protocol) {
        switch (protocol) {
            case ApplicationProtocolNames.HTTP_2 -> http2.run();
            default -> http1.run();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
        if (event == Closing.WHEN_IDLE) {
            context.close();
        } else {
            super.userEventTriggered(context, event);
        }
    }

    @Override
    protected void handshakeFailure(ChannelHandlerContext context, Throwable cause) {
        context.close(); // the client has been told by an alert
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close(); // a broken connection is the client's to notice
    }
}
