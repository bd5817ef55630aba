package dev.fenliu.leak;

import dev.fenliu.e2e.Programs;
import dev.fenliu.e2e.Village;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.awaitility.Awaitility;

/**
 * The provider's own tcpdump on the line to the box. A fence is a frame that is sent from the box past the program: what
 * stands between two of them happened between them, and all of it is there when the second is.
 */
final class Capture implements AutoCloseable {
    private static final int FILE_HEADER = 24;
    private static final int FRAME_HEADER = 16;

    private final Village village;
    private final Path file;
    private final Path log;
    private final AutoCloseable tcpdump;
    private final List<Frame> frames = new ArrayList<>();
    private int read = FILE_HEADER;
    private int fences;
    private int begin;

    Capture(Village village, Path folder) throws IOException {
        this.village = village;
        file = folder.resolve("provider.pcap");
        log = folder.resolve("tcpdump.log");
        tcpdump = Programs.serve(
                log,
                village.command(
                                "origin",
                                Programs.require("tcpdump"),
                                "--immediate-mode",
                                "-nUi",
                                "box",
                                "-Qin",
                                "-B16384",
                                "-Zroot",
                                "-w",
                                file.toString())
                        .toArray(String[]::new));
        Awaitility.await().until(() -> Files.readString(log).contains("listening on"));
    }

    /** What comes from here on is of interest. */
    void begin() throws Exception {
        fence();
        begin = frames.size();
    }

    /** All that has come since the beginning. */
    Traffic since() throws Exception {
        fence();
        return new Traffic(List.copyOf(frames.subList(begin, frames.size())));
    }

    private void fence() throws Exception {
        String mark = "fence " + ++fences + ".";
        String send = "import socket; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(('wan', 0));"
                + " s.send(b'\\xff' * 6 + b'\\2\\0\\0\\0\\0\\1' + bytes.fromhex('" + Integer.toHexString(Frame.FENCE)
                + "') + b'" + mark + "')";
        Programs.output(
                village.command("box", Programs.require("python3"), "-c", send).toArray(String[]::new));
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> {
                    readOn();
                    return frames.stream()
                            .skip(begin)
                            .anyMatch(frame -> frame.where().equals("fence")
                                    && frame.bytes().contains(mark));
                });
    }

    private void readOn() throws IOException {
        byte[] all = Files.readAllBytes(file);
        ByteBuffer in = ByteBuffer.wrap(all).order(ByteOrder.nativeOrder());
        while (read + FRAME_HEADER <= all.length) {
            int end = read + FRAME_HEADER + in.getInt(read + 8);
            if (end > all.length) {
                return;
            }
            frames.add(Frame.parse(Arrays.copyOfRange(all, read + FRAME_HEADER, end)));
            read = end;
        }
    }

    /** Ends it; nothing may have been lost. */
    @Override
    public void close() throws Exception {
        tcpdump.close();
        Awaitility.await().until(() -> Files.readString(log).contains("dropped by kernel"));
        if (!Files.readString(log).contains("\n0 packets dropped by kernel")) {
            throw new AssertionError(Files.readString(log));
        }
    }
}
