package dev.fenliu.app;

/** What the program's exit codes mean. */
final class ExitCode {
    static final int OK = 0;
    /** Failed while running. */
    static final int FAILED = 1;
    /** Wrong arguments. */
    static final int USAGE = 2;
    /** The config has errors. */
    static final int CONFIG = 3;
    /** Somebody else has the port. */
    static final int PORT_TAKEN = 4;
    /** A tunnel's server cannot be reached. */
    static final int UNREACHABLE = 6;
    /** Not permitted. */
    static final int PERMISSION = 5;
    /** No tunnel could be reached. */
    static final int TUNNEL_UNREACHABLE = 6;

    private ExitCode() {}
}
