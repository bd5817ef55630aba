package dev.fenliu.engine;

/** A flow that runs. Safe for concurrent use. */
interface Running {
    /** As far as the calling thread can see. */
    FlowView view();

    /** Unique in this process. */
    long id();

    /** Ends it soon. */
    void endSoon(Closing why);

    /** Has the listener told what it has moved since it was last told, if that is anything. */
    void tell();
}
