package dev.fenliu.control.rest;

import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;

/**
 * What the process takes of its machine, under the names that all programs have for it (Prometheus, "Writing client
 * libraries", process metrics). What the system does not tell is left out. Reads {@code /proc/self/status}.
 */
final class ProcessFamilies {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final int KIB = 1 << 10;

    private ProcessFamilies() {}

    static void add(Instant started, List<MetricSnapshot> all) {
        all.add(Family.gauge("process_start_time_seconds", "When the program started.", Unit.SECONDS)
                .add(started.toEpochMilli() / 1e3, Labels.EMPTY)
                .build());
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            all.add(Family.counter("process_cpu_seconds", "Time of processors taken.", Unit.SECONDS)
                    .add(system.getProcessCpuTime() / 1e9, Labels.EMPTY)
                    .build());
            all.add(Family.gauge("process_open_fds", "Open files and sockets.", null)
                    .add((double) system.getOpenFileDescriptorCount(), Labels.EMPTY)
                    .build());
            all.add(Family.gauge("process_max_fds", "How many files and sockets may be open.", null)
                    .add((double) system.getMaxFileDescriptorCount(), Labels.EMPTY)
                    .build());
        }
        resident()
                .ifPresent(bytes -> all.add(
                        Family.gauge("process_resident_memory_bytes", "Memory that the program takes.", Unit.BYTES)
                                .add((double) bytes, Labels.EMPTY)
                                .build()));
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        all.add(Family.gauge("jvm_memory_used_bytes", "Memory of Java: the heap, and what is beside it.", Unit.BYTES)
                .add((double) memory.getHeapMemoryUsage().getUsed(), Labels.of("area", "heap"))
                .add((double) memory.getNonHeapMemoryUsage().getUsed(), Labels.of("area", "nonheap"))
                .build());
        if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider buffers) {
            all.add(Family.gauge("fenliu_buffer_memory_bytes", "Memory for what is on its way through.", Unit.BYTES)
                    .add((double) buffers.metric().usedDirectMemory(), Labels.EMPTY)
                    .build());
        }
    }

    private static OptionalLong resident() {
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * KIB)
                    .findFirst();
        } catch (IOException | NumberFormatException e) { // another system
            return OptionalLong.empty();
        }
    }
}
