package dev.fenliu.config;

/** A place in a file that a user wrote; line and column count from 1. */
public record Position(String file, int line, int column) {
    @Override
    public String toString() {
        return line == 0 ? file : file + ":" + line + ":" + column;
    }
}
