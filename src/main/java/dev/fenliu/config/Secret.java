package dev.fenliu.config;

/** A password or key. Prints as stars wherever it goes. */
public record Secret(String value) {
    @Override
    public String toString() {
        return "***";
    }
}
