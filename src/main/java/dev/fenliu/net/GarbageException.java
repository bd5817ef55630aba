package dev.fenliu.net;

import io.netty.handler.codec.DecoderException;

/** Bytes that are not what the protocol says. Stack-less. */
public final class GarbageException extends DecoderException {
    private static final long serialVersionUID = 1L;

    public GarbageException(String message) {
        super(message);
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
