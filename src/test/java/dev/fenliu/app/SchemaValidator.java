package dev.fenliu.app;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Validates JSON by the few words of JSON Schema (draft 2020-12) that our schemas use; fails on any other word. */
public final class SchemaValidator {
    private static final Set<String> NOTES = Set.of("$schema", "$defs", "components", "title", "description");

    private final JsonObject root;
    private final List<String> faults = new ArrayList<>();

    private SchemaValidator(JsonObject root) {
        this.root = root;
    }

    /** What does not fit, each with its path. */
    public static List<String> faults(JsonObject schema, JsonElement value) {
        return check(schema, schema, value, "");
    }

    private static List<String> check(JsonObject root, JsonObject schema, JsonElement value, String path) {
        SchemaValidator validator = new SchemaValidator(root);
        schema.entrySet().forEach(word -> validator.check(word, schema, value, path));
        return validator.faults;
    }

    private void check(Map.Entry<String, JsonElement> word, JsonObject schema, JsonElement value, String path) {
        JsonElement says = word.getValue();
        switch (word.getKey()) {
            case "type" -> require(hasType(says, value), path + " is not " + says);
            case "const" -> require(says.equals(value), path + " is not " + says);
            case "enum" -> require(says.getAsJsonArray().contains(value), path + " is none of " + says);
            case "minimum" ->
                require(!isNumber(value) || value.getAsLong() >= says.getAsLong(), path + " is too small");
            case "maximum" ->
                require(!isNumber(value) || value.getAsLong() <= says.getAsLong(), path + " is too large");
            case "maxItems" ->
                require(
                        !(value instanceof JsonArray array) || array.size() <= says.getAsInt(),
                        path + " has more than " + says + " items");
            case "items" -> {
                if (value instanceof JsonArray array) {
                    for (int i = 0; i < array.size(); i++) {
                        faults.addAll(check(root, says.getAsJsonObject(), array.get(i), path + "/" + i));
                    }
                }
            }
            case "prefixItems" -> {
                JsonArray schemas = says.getAsJsonArray();
                JsonArray array = value.getAsJsonArray();
                require(array.size() == schemas.size(), path + " has " + array.size() + " items");
                for (int i = 0; i < Math.min(array.size(), schemas.size()); i++) {
                    faults.addAll(check(root, schemas.get(i).getAsJsonObject(), array.get(i), path + "/" + i));
                }
            }
            case "pattern" ->
                require(!isText(value) || value.getAsString().matches(says.getAsString()), path + " is not " + says);
            case "format" -> {
                if (says.getAsString().equals("date-time") && isText(value)) {
                    require(isTime(value.getAsString()), path + " is no time");
                }
            }
            case "allOf" ->
                says.getAsJsonArray().forEach(one -> faults.addAll(check(root, one.getAsJsonObject(), value, path)));
            case "anyOf" -> anyOf(says.getAsJsonArray(), value, path);
            case "oneOf" -> {
                anyOf(says.getAsJsonArray(), value, path);
                long fitting = says.getAsJsonArray().asList().stream()
                        .filter(one ->
                                check(root, one.getAsJsonObject(), value, path).isEmpty())
                        .count();
                require(fitting < 2, path + " fits " + fitting + " alternatives of one");
            }
            case "$ref" -> faults.addAll(check(root, resolve(says.getAsString()), value, path));
            case "properties" -> {
                if (value instanceof JsonObject object) {
                    object.asMap().forEach((name, property) -> {
                        JsonElement of = says.getAsJsonObject().get(name);
                        if (of != null) {
                            faults.addAll(check(root, of.getAsJsonObject(), property, path + "/" + name));
                        }
                    });
                }
            }
            case "required" -> {
                if (value instanceof JsonObject object) {
                    says.getAsJsonArray()
                            .forEach(name -> require(object.has(name.getAsString()), path + " lacks " + name));
                }
            }
            case "additionalProperties" -> others(says, schema, value, path);
            default -> require(NOTES.contains(word.getKey()), "the validator does not know " + word.getKey());
        }
    }

    private void anyOf(JsonArray schemas, JsonElement value, String path) {
        List<String> why = new ArrayList<>();
        for (JsonElement one : schemas) {
            List<String> found = check(root, one.getAsJsonObject(), value, path);
            if (found.isEmpty()) {
                return;
            }
            why.addAll(found);
        }
        faults.add(path + " fits no alternative: " + why);
    }

    private void others(JsonElement says, JsonObject schema, JsonElement value, String path) {
        if (!(value instanceof JsonObject object)) {
            return;
        }
        JsonElement known = schema.get("properties");
        object.asMap().forEach((name, property) -> {
            if (known != null && known.getAsJsonObject().has(name)) {
                return;
            }
            if (says instanceof JsonObject other) {
                faults.addAll(check(root, other, property, path + "/" + name));
            } else {
                require(says.getAsBoolean(), path + " has the unknown key " + name);
            }
        });
    }

    private JsonObject resolve(String reference) {
        JsonObject at = root;
        for (String step : reference.substring("#/".length()).split("/", -1)) {
            at = at.getAsJsonObject(step);
        }
        return at;
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            faults.add(otherwise);
        }
    }

    private static boolean isText(JsonElement value) {
        return value instanceof JsonPrimitive primitive && primitive.isString();
    }

    /** RFC 3339. */
    private static boolean isTime(String text) {
        try {
            return OffsetDateTime.parse(text).getYear() > 0;
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    private static boolean isNumber(JsonElement value) {
        return value instanceof JsonPrimitive primitive && primitive.isNumber();
    }

    private static boolean hasType(JsonElement types, JsonElement value) {
        if (types instanceof JsonArray any) {
            for (JsonElement type : any) {
                if (hasType(type, value)) {
                    return true;
                }
            }
            return false;
        }
        return switch (types.getAsString()) {
            case "object" -> value.isJsonObject();
            case "array" -> value.isJsonArray();
            case "integer", "number" -> isNumber(value);
            case "null" -> value.isJsonNull();
            case "boolean" -> value instanceof JsonPrimitive primitive && primitive.isBoolean();
            case "string" -> value instanceof JsonPrimitive primitive && primitive.isString();
            default -> false;
        };
    }
}
