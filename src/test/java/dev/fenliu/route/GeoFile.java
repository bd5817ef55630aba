package dev.fenliu.route;

import dev.fenliu.route.list.Cidr;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Writes small files in MaxMind's format (version 2.0, 24-bit records), with records of any shape. */
final class GeoFile {
    private static final int NONE = -1;

    private final int version;
    private final String type;
    private final List<int[]> nodes = new ArrayList<>();
    private final ByteArrayOutputStream records = new ByteArrayOutputStream();

    /** @param version 4 or 6; IPv4 networks of a file of version 6 stand below ::/96 */
    GeoFile(int version, String type) {
        this.version = version;
        this.type = type;
        nodes.add(new int[] {NONE, NONE});
    }

    /** @param record a String, a Long, a List or a Map of them */
    GeoFile add(String network, Object record) throws IOException {
        Cidr cidr = Objects.requireNonNull(Cidr.parse(network));
        byte[] address = cidr.network().getAddress();
        int skip = version == 6 && cidr.isV4() ? 96 : 0;
        int node = 0;
        for (int i = 0; i < skip + cidr.prefix(); i++) {
            int bit = i < skip ? 0 : address[i - skip >> 3] >> 7 - (i - skip & 7) & 1;
            if (i == skip + cidr.prefix() - 1) {
                nodes.get(node)[bit] = -2 - records.size();
            } else {
                if (nodes.get(node)[bit] == NONE) {
                    nodes.get(node)[bit] = nodes.size();
                    nodes.add(new int[] {NONE, NONE});
                }
                node = nodes.get(node)[bit];
            }
        }
        write(records, record);
        return this;
    }

    Path in(Path folder) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int[] node : nodes) {
            for (int target : node) {
                int value = target == NONE ? nodes.size() : target < NONE ? nodes.size() + 16 + (-2 - target) : target;
                out.write(value >> 16);
                out.write(value >> 8);
                out.write(value);
            }
        }
        out.write(new byte[16]);
        records.writeTo(out);
        out.write(new byte[] {(byte) 0xab, (byte) 0xcd, (byte) 0xef});
        out.write("MaxMind.com".getBytes(StandardCharsets.US_ASCII));
        Map<String, Object> about = new LinkedHashMap<>();
        about.put("binary_format_major_version", 2);
        about.put("binary_format_minor_version", 0);
        about.put("build_epoch", 1L);
        about.put("database_type", type);
        about.put("description", Map.of());
        about.put("ip_version", version);
        about.put("languages", List.of());
        about.put("node_count", (long) nodes.size());
        about.put("record_size", 24);
        write(out, about);
        return Files.write(folder.resolve(type + ".mmdb"), out.toByteArray());
    }

    private static void write(ByteArrayOutputStream out, Object value) throws IOException {
        if (value instanceof String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            control(out, 2, bytes.length);
            out.write(bytes);
        } else if (value instanceof Integer number) {
            control(out, 5, 2);
            out.write(number >> 8);
            out.write(number);
        } else if (value instanceof Long number) {
            control(out, 6, 4);
            for (int shift = 24; shift >= 0; shift -= 8) {
                out.write((int) (number >> shift));
            }
        } else if (value instanceof List<?> list) {
            control(out, 11, list.size());
            for (Object item : list) {
                write(out, item);
            }
        } else {
            Map<?, ?> map = (Map<?, ?>) value;
            control(out, 7, map.size());
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                write(out, entry.getKey());
                write(out, entry.getValue());
            }
        }
    }

    private static void control(ByteArrayOutputStream out, int type, int size) {
        int small = Math.min(size, 29);
        out.write(type > 7 ? small : type << 5 | small);
        if (type > 7) {
            out.write(type - 7);
        }
        if (size >= 29) {
            out.write(size - 29);
        }
    }
}
