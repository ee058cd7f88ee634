package com.acme.jobs;

import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;

/** What the driver asks for: --name value pairs. */
final class Args implements Serializable {
    private final Map<String, String> given = new HashMap<>();

    Args(String[] argv) {
        for (int at = 0; at + 1 < argv.length; at += 2) {
            given.put(argv[at].substring(2), argv[at + 1]);
        }
    }

    String of(String name, String otherwise) {
        return given.getOrDefault(name, otherwise);
    }

    int number(String name, int otherwise) {
        return Integer.parseInt(of(name, Integer.toString(otherwise)));
    }

    String cause() {
        return of("cause", "");
    }

    Vary vary() {
        return new Vary(31L * cause().hashCode() + number("seed", 1));
    }

    Map<String, String> all() {
        return given;
    }
}
