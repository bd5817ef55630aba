package dev.fenliu.dns;

import java.io.IOException;
import java.util.List;

/** What a server does for a query, step by step: messages as {@link AnswerRecipe} reads them, or what the transport knows. */
interface Script {
    List<String> steps(byte[] query);

    /**
     * Does so on a stream of framed messages, for each query that comes: {@code raw} is sent as it is, {@code bytewise} a
     * message byte by byte; {@code close}, {@code reset}, {@code nothing}; anything else is a message.
     */
    default void talk(FakeServer.Peer peer) throws IOException {
        while (true) {
            byte[] query = peer.query();
            for (String step : steps(query)) {
                String[] words = step.split(" ", 2);
                String rest = words.length > 1 ? words[1] : "";
                switch (words[0]) {
                    case "nothing" -> {}
                    case "raw" -> peer.write(AnswerRecipe.bytes(rest, query));
                    case "bytewise" -> {
                        for (byte b : FakeServer.framed(AnswerRecipe.bytes(rest, query))) {
                            peer.write(b);
                        }
                    }
                    case "close" -> {
                        return;
                    }
                    case "reset" -> {
                        peer.reset();
                        return;
                    }
                    default -> peer.send(AnswerRecipe.bytes(step, query));
                }
            }
        }
    }
}
