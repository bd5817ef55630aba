package dev.fenliu;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.buffer.ByteBufAllocator;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;
import org.slf4j.LoggerFactory;

/** Fails the build when Netty's detector reports a buffer that was never released. */
public final class LeakGuard implements LauncherSessionListener {
    private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        Logger root = (Logger) LoggerFactory.getLogger("io.netty.util.ResourceLeakDetector");
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                if (event.getFormattedMessage().startsWith("LEAK")) {
                    LEAKS.add(event.getFormattedMessage());
                }
            }
        };
        appender.start();
        root.addAppender(appender);
    }

    @Override
    public void launcherSessionClosed(LauncherSession session) {
        // A leak is noticed when the buffer's holder was collected and another buffer is made.
        for (int i = 0; i < 3; i++) {
            System.gc();
            for (int n = 0; n < 200; n++) {
                ByteBufAllocator.DEFAULT.buffer(64).release();
            }
        }
        if (!LEAKS.isEmpty()) {
            LEAKS.forEach(System.err::println);
            System.err.println("LEAK: " + LEAKS.size() + " buffers were not released; the build fails");
            Runtime.getRuntime().halt(70);
        }
    }
}
