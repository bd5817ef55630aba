package dev.fenliu.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The whole terminal, on its second screen, so that what stood on the first is there again at the end. {@code q} and Ctrl-C
 * end it, read as they are typed. The terminal is set with {@code stty}, for Java knows none.
 */
final class Screen implements AutoCloseable {
    private static final int COLUMNS = 80;
    private static final int ROWS = 24;
    private static final int PATIENCE = 5;

    /** The second screen and no cursor, and back. */
    private static final String BEGIN = "\u001b[?1049h\u001b[?25l";

    private static final String END = "\u001b[?25h\u001b[?1049l";

    private final String before;
    private volatile boolean wantsEnd;
    private volatile boolean resized = true;
    private boolean restored;
    private int columns = COLUMNS;
    private int rows = ROWS;

    private Screen(String before) {
        this.before = before;
    }

    /** Takes the terminal. */
    static Screen open() throws InterruptedException {
        Screen screen = new Screen(stty("-g"));
        Runtime.getRuntime().addShutdownHook(new Thread(screen::restore, "terminal"));
        Signals.handle("WINCH", () -> screen.resized = true);
        Signals.handle("CONT", () -> screen.resized = true);
        Thread keys = new Thread(screen::readKeys, "keys");
        keys.setDaemon(true);
        screen.measure(); // or a key would wait for the end of its line
        keys.start();
        return screen;
    }

    private void readKeys() {
        try {
            for (int key; (key = System.in.read()) >= 0; ) {
                if (key == 'q' || key == 'Q') {
                    wantsEnd = true;
                    return; // what is typed from now on is for the shell
                }
            }
        } catch (IOException e) {
            // no keys then
        }
        wantsEnd = true;
    }

    /** Whether whoever watches has seen enough. */
    boolean wantsEnd() {
        return wantsEnd;
    }

    int columns() throws InterruptedException {
        measure();
        return columns;
    }

    int rows() throws InterruptedException {
        measure();
        return rows;
    }

    private void measure() throws InterruptedException {
        if (!resized) {
            return;
        }
        resized = false;
        stty("-icanon", "-echo", "min", "1"); // whoever had stopped us has set it back
        System.out.print(BEGIN);
        String[] size = stty("size").strip().split(" ", -1);
        boolean known = size.length == 2 && size[0].matches("[1-9][0-9]{0,3}") && size[1].matches("[1-9][0-9]{0,3}");
        rows = known ? Integer.parseInt(size[0]) : ROWS;
        columns = known ? Integer.parseInt(size[1]) : COLUMNS;
    }

    /** Draws all of it anew, in one piece, so that nothing flickers. */
    void show(List<String> lines) {
        StringBuilder out = new StringBuilder("\u001b[H");
        for (int i = 0; i < lines.size(); i++) {
            out.append(i == 0 ? "" : "\r\n").append(lines.get(i)).append("\u001b[K");
        }
        System.out.print(out.append("\u001b[J"));
        System.out.flush();
    }

    /** What stty says; empty where there is none. */
    private static String stty(String... arguments) throws InterruptedException {
        List<String> command = new java.util.ArrayList<>(List.of("stty"));
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(ProcessBuilder.Redirect.INHERIT)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            process.waitFor(PATIENCE, TimeUnit.SECONDS);
            return said;
        } catch (IOException e) {
            return "";
        }
    }

    private synchronized void restore() {
        if (!restored) {
            restored = true;
            System.out.print(END);
            System.out.flush();
            try {
                stty(before.isBlank() ? "sane" : before.strip());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        restore(); // what is run again when the program ends finds nothing left to do
    }
}
