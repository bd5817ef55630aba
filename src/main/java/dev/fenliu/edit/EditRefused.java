package dev.fenliu.edit;

/** An edit that was not made, and why, in words for the user. Nothing has changed. */
public final class EditRefused extends Exception {
    private static final long serialVersionUID = 1;

    EditRefused(String message) {
        super(message);
    }
}
