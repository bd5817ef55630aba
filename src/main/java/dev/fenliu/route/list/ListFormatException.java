package dev.fenliu.route.list;

/** A list that cannot be used at all. The message is for users and says where, if it can: {@code line 3: …}. */
public final class ListFormatException extends Exception {
    private static final long serialVersionUID = 1;

    public ListFormatException(String message) {
        super(message, null, false, false); // bytes from the network: a stack would tell nothing
    }
}
