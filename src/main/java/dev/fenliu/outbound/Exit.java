package dev.fenliu.outbound;

import java.util.Optional;

/**
 * Where the far end of a tunnel is, as a site sees it.
 *
 * @param address as the site writes it
 * @param country ISO 3166-1 alpha-2, in capitals
 */
public record Exit(String address, String country) {
    /**
     * Reads a trace page as Cloudflare's edge serves it at {@code /cdn-cgi/trace}: lines of {@code key=value}, of which
     * {@code ip} and {@code loc} count.
     *
     * @return empty if the page is none
     */
    public static Optional<Exit> read(String page) {
        String address = "";
        String country = "";
        for (String line : page.lines().limit(100).toList()) {
            if (line.startsWith("ip=")) {
                address = line.substring(3).strip();
            } else if (line.startsWith("loc=")) {
                country = line.substring(4).strip();
            }
        }
        boolean sound = address.matches("[0-9A-Fa-f.:]{2,45}") && country.matches("[A-Z][A-Z0-9]");
        return sound ? Optional.of(new Exit(address, country)) : Optional.empty();
    }

    @Override
    public String toString() {
        return address + " (" + country + ")";
    }
}
