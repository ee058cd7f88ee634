package com.acme.jobs;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/** What runs out. */
final class Memory {
    private Memory() {}

    static Map<String, Trouble> troubles() {
        Map<String, Trouble> named = new HashMap<>();
        named.put("heap", v -> consume(new long[v.number(900_000_000, 1_000_000_000)]));
        named.put("array-size", v -> consume(new byte[Integer.MAX_VALUE - v.number(0, 2)]));
        named.put("direct", v -> consume(ByteBuffer.allocateDirect(v.number(500_000_000, 900_000_000))));
        named.put("stack", v -> depth(v.number(1, 9)));
        named.put("metaspace", v -> {
            throw new OutOfMemoryError("Metaspace");
        });
        named.put("threads", v -> {
            throw new OutOfMemoryError("unable to create native thread: possibly out of memory or process/resource limits reached");
        });
        return named;
    }

    private static void consume(Object taken) {
        if (taken.hashCode() == 42) {
            throw new IllegalStateException();
        }
    }

    private static int depth(int at) {
        return depth(at + 1) + 1;
    }
}
