package com.acme.jobs;

import java.util.HashMap;
import java.util.Map;

/** Every trouble by its name, and the layers in which a job wraps it. */
final class Troubles {
    private static final Map<String, Trouble> NAMED = new HashMap<>();

    static {
        NAMED.putAll(Connectors.troubles());
        NAMED.putAll(Brokers.troubles());
        NAMED.putAll(Formats.troubles());
        NAMED.putAll(Loading.troubles());
        NAMED.putAll(Memory.troubles());
        NAMED.putAll(Code.troubles());
        NAMED.putAll(Said.troubles());
    }

    private Troubles() {}

    static void strike(Args args) throws Exception {
        wrapped(args, args.number("depth", 0));
    }

    private static void wrapped(Args args, int depth) throws Exception {
        Trouble trouble = NAMED.get(args.cause());
        if (trouble == null) {
            throw new IllegalArgumentException("no such cause: " + args.cause());
        }
        try {
            if (depth > 0) {
                wrapped(args, depth - 1);
            } else {
                trouble.strike(args.vary());
            }
        } catch (Exception | Error error) {
            if (depth == 0) {
                throw error;
            }
            throw layer(depth, args.vary(), error);
        } catch (Throwable error) {
            throw new AssertionError(error);
        }
    }

    private static Exception layer(int depth, Vary vary, Throwable error) {
        switch (depth % 3) {
            case 1:
                return new RuntimeException("Failed to process record " + vary.id(), error);
            case 2:
                return new PipelineException("stage " + vary.number(1, 99) + " gave up at " + vary.time(), error);
            default:
                return new RuntimeException(error);
        }
    }

    static final class PipelineException extends Exception {
        PipelineException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
