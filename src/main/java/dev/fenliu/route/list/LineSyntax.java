package dev.fenliu.route.list;

/** A format of which every line can be read by itself. */
interface LineSyntax {
    /** Reads a line, which has no line ending but may have blanks around it. */
    void read(String line, int number, Entries out);
}
