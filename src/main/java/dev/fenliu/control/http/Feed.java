package dev.fenliu.control.http;

/** A stream of JSON texts, without an end of its own. */
@FunctionalInterface
public interface Feed {
    /** Ends what feeds a client. */
    @FunctionalInterface
    interface Closing {
        /** Called once, on the client's loop, when it has gone. */
        void close();
    }

    /**
     * Begins to feed a client, on its loop.
     *
     * @throws BadRequest if it asks for what there is not; before anything was sent
     */
    Closing open(Call call, Sink sink);
}
