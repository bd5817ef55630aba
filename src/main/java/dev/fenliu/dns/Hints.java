package dev.fenliu.dns;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.HTTPSRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.SVCBBase;
import org.xbill.DNS.SVCBBase.ParameterBase;
import org.xbill.DNS.SVCBRecord;
import org.xbill.DNS.Section;

/** Addresses that HTTPS and SVCB records hint at (RFC 9460 section 7.3): clients would go there past a fake address. */
final class Hints {
    private Hints() {}

    /** A message of our own making without them; all else of the records, such as ALPN and ECH, is still there. */
    static byte[] removed(byte[] wire) {
        try {
            Message message = new Message(wire);
            List<Record> answers = List.copyOf(message.getSection(Section.ANSWER));
            message.removeAllRecords(Section.ANSWER);
            for (Record record : answers) {
                message.addRecord(record instanceof SVCBBase service ? removed(service) : record, Section.ANSWER);
            }
            return message.toWire();
        } catch (IOException e) {
            throw new IllegalStateException("a checked answer does not parse: " + e.getMessage(), e);
        }
    }

    private static Record removed(SVCBBase record) {
        List<ParameterBase> kept = new ArrayList<>();
        for (int key : record.getSvcParamKeys()) {
            ParameterBase parameter = record.getSvcParamValue(key);
            if (!isHint(key) && !(key == SVCBBase.MANDATORY && namesHint(parameter.toWire()))) {
                kept.add(parameter);
            }
        }
        int priority = record.getSvcPriority();
        return record instanceof HTTPSRecord
                ? new HTTPSRecord(
                        record.getName(), record.getDClass(), record.getTTL(), priority, record.getTargetName(), kept)
                : new SVCBRecord(
                        record.getName(), record.getDClass(), record.getTTL(), priority, record.getTargetName(), kept);
    }

    private static boolean isHint(int key) {
        return key == SVCBBase.IPV4HINT || key == SVCBBase.IPV6HINT;
    }

    /** Whether a list of keys that a client must understand has one of them, which would then be missing. */
    private static boolean namesHint(byte[] keys) {
        for (int at = 0; at + 1 < keys.length; at += 2) {
            if (isHint(Query.u16(keys, at))) {
                return true;
            }
        }
        return false;
    }
}
