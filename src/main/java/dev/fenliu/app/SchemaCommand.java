package dev.fenliu.app;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fenliu schema}: every key of the configuration. */
@Command(
        name = "schema",
        description = "Print every key of the config, as JSON Schema for editors or as text.",
        mixinStandardHelpOptions = true)
final class SchemaCommand implements Callable<Integer> {
    @Option(names = "--text", description = "Tables in Markdown instead of JSON Schema.")
    private boolean text;

    @Override
    public Integer call() {
        Reference reference = new Reference(Catalog.PROTOCOLS);
        Gson gson = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
        System.out.print(text ? reference.text() : gson.toJson(reference.schema()) + System.lineSeparator());
        return ExitCode.OK;
    }
}
