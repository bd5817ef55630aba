package dev.fenliu.dns;

import dev.fenliu.model.Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Builds what upstreams send, with a codec that is not ours. */
final class Replies {
    private Replies() {}

    static Query query(String name, int type) {
        return Query.of((Host.Name) Host.parse(name), type);
    }

    /** A message as sent on the wire: the query of that name and type with id 0. */
    static byte[] asked(String name, int type) {
        Query query = query(name, type);
        return query.encode(0, query.nameBytes(), Edns.PLAIN, false);
    }

    /**
     * The answer to {@code query} with its id and question.
     *
     * @param records as in a zone file, absolute names: {@code "example.test. 60 IN A 10.0.0.1"}; one that begins with
     *     {@code "!"} goes to the authority section, with {@code "+"} to the additional one
     */
    static byte[] to(byte[] query, int rcode, String... records) {
        try {
            Message asked = new Message(query);
            Message reply = new Message(asked.getHeader().getID());
            reply.getHeader().setFlag(Flags.QR);
            reply.getHeader().setFlag(Flags.RA);
            reply.getHeader().setRcode(rcode);
            reply.addRecord(asked.getQuestion(), Section.QUESTION);
            for (String text : records) {
                int section = text.startsWith("!")
                        ? Section.AUTHORITY
                        : text.startsWith("+") ? Section.ADDITIONAL : Section.ANSWER;
                reply.addRecord(record(section == Section.ANSWER ? text : text.substring(1)), section);
            }
            return reply.toWire();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Record record(String text) throws IOException {
        String[] words = text.split(" ", 5);
        return Record.fromString(
                Name.fromString(words[0]),
                Type.value(words[3]),
                DClass.IN,
                Long.parseLong(words[1]),
                words[4],
                Name.root);
    }

    /** An A answer to whatever was asked. */
    static byte[] a(byte[] query, String address) {
        try {
            return to(query, 0, new Message(query).getQuestion().getName() + " 60 IN A " + address);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
