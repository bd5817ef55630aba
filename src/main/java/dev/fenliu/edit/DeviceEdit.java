package dev.fenliu.edit;

import dev.fenliu.config.Outline;
import dev.fenliu.model.GivenNames;
import java.util.List;
import java.util.Optional;

/** Names a device in the text of a config. What comes out must be checked by the caller. */
public final class DeviceEdit {
    private static final String SECTION = "devices";

    private DeviceEdit() {}

    /**
     * Gives a device a name, or takes the one that it has from it.
     *
     * @param address its MAC or an IP address of it, however it is written
     * @param name empty for none
     */
    public static String name(String text, String address, Optional<String> name) throws EditRefused {
        YamlEdit edit = YamlEdit.of(text);
        Outline there = edit.outline().at(List.of(SECTION));
        String key = key(address);
        Optional<String> written = there == null
                ? Optional.empty()
                : there.entries().stream()
                        .map(entry -> entry.key().text())
                        .filter(one -> same(one, key))
                        .findFirst();
        if (name.isEmpty()) {
            return written.isEmpty() ? text : edit.drop(List.of(SECTION), written.get());
        }
        if (written.isPresent()) {
            return edit.set(List.of(SECTION, written.get()), name.get());
        }
        String quoted = '"' + key + '"';
        String value = YamlEdit.scalar(name.get());
        return there == null
                ? edit.put(List.of(), SECTION, "\n  " + quoted + ": " + value)
                : edit.put(List.of(SECTION), quoted, value);
    }

    private static String key(String address) throws EditRefused {
        try {
            return GivenNames.key(address);
        } catch (IllegalArgumentException e) {
            throw new EditRefused(String.valueOf(e.getMessage()));
        }
    }

    private static boolean same(String written, String key) {
        try {
            return GivenNames.key(written).equals(key);
        } catch (IllegalArgumentException e) {
            return false; // what is wrong with it is said when the config is read
        }
    }
}
