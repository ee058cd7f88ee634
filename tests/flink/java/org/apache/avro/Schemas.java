package org.apache.avro;

/** Throws errors that bear the names of Avro's own. */
public final class Schemas {
    private Schemas() {}

    public static void mismatch(String message) {
        throw new AvroTypeException(message);
    }
}

class AvroTypeException extends RuntimeException {
    AvroTypeException(String message) {
        super(message);
    }
}
