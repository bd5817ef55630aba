package dev.fenliu.net;

import java.io.IOException;

/** The peer's TLS stream stopped without the close_notify that ends a whole one. Stack-less. */
public final class TruncatedException extends IOException {
    private static final long serialVersionUID = 1L;

    public TruncatedException() {
        super("the TLS stream ended without close_notify");
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
