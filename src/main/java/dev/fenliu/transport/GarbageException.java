package dev.fenliu.transport;

import io.netty.handler.codec.DecoderException;

/** Bytes that are not what the transport says. Stack-less. */
final class GarbageException extends DecoderException {
    private static final long serialVersionUID = 1L;

    GarbageException(String message) {
        super(message);
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
