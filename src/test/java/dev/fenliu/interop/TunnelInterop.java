package dev.fenliu.interop;

import dev.fenliu.tunnel.Loopback;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Our ends in this process, and programs of others beside them; all of it is stopped after each test. */
@Tag("program")
@Timeout(120)
abstract class TunnelInterop {
    final Loopback here = new Loopback();

    @TempDir
    Path folder;

    Programs programs;

    @BeforeEach
    void open() {
        programs = new Programs(folder);
    }

    @AfterEach
    void close() throws Exception {
        here.close();
        programs.close();
    }
}
