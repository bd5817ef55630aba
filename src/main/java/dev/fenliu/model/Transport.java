package dev.fenliu.model;

/** The transport that a flow uses between client and destination. */
public enum Transport {
    TCP,
    UDP;

    @Override
    public String toString() {
        return this == TCP ? "tcp" : "udp";
    }
}
