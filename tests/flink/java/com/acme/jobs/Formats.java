package com.acme.jobs;

import org.apache.avro.Schemas;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.Map;

/** Records that cannot be read or written. */
final class Formats {
    private Formats() {}

    static Map<String, Trouble> troubles() {
        Map<String, Trouble> named = new HashMap<>();
        named.put("json-cut-off", v -> json("{\"id\": " + v.id() + ", \"customer\": {\"name\": \"" + v.person() + "\""));
        named.put("json-unexpected", v -> json("{\"id\": " + v.id() + ", \"at\": <" + v.person() + ">}"));
        named.put("json-unknown-field", v -> new ObjectMapper().readValue(
                "{\"id\": " + v.id() + ", \"discount\": " + v.number(1, 90) + "}", Order.class));
        named.put("json-wrong-type", v -> new ObjectMapper().readValue(
                "{\"id\": \"" + v.person() + v.number(1, 90) + "\"}", Order.class));
        named.put("avro-missing-field", v -> Schemas.mismatch(
                "Found com.acme.orders.Order, expecting com.acme.orders.Order, missing required field currency"));
        named.put("avro-union", v -> Schemas.mismatch("Unknown union branch " + v.number(3, 90)));
        named.put("number-format", v -> Long.parseLong(v.person() + v.number(1, 9)));
        named.put("date-format", v -> LocalDate.parse("20" + v.number(20, 27) + "/" + v.number(10, 12) + "/" + v.number(10, 28)));
        named.put("big-decimal", v -> new BigDecimal(v.number(1, 99) + "," + v.number(10, 99)));
        named.put("no-enum", v -> Status.valueOf(v.one("PAYED", "BOUGHT", "LOST", "GONE") + v.number(1, 99)));
        named.put("bad-utf8", v -> StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(new byte[] {(byte) 0xc3, 0x28})));
        named.put("end-of-file", v -> new DataInputStream(new ByteArrayInputStream(new byte[3])).readLong());
        named.put("bad-stream-header", v -> new ObjectInputStream(
                new ByteArrayInputStream((v.hex(8)).getBytes(StandardCharsets.UTF_8))));
        named.put("not-serializable", v -> new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(new Basket(v.id())));
        named.put("class-cast-map", v -> cast(v.one("text " + v.id(), "no number " + v.id())));
        named.put("csv-columns", v -> {
            throw new IllegalArgumentException("Row " + v.id() + " of file oss://lake/in/" + v.uuid() + ".csv has "
                    + v.number(2, 6) + " columns, expected 7");
        });
        named.put("schema-registry", v -> {
            throw new IllegalArgumentException("Schema not found; error code: 40403; schema id " + v.number(100, 9000));
        });
        return named;
    }

    private static void json(String text) throws Exception {
        new ObjectMapper().readTree(text);
    }

    private static long cast(Object value) {
        return (Long) value + 1;
    }

    enum Status { NEW, PAID, SENT }

    static final class Order {
        public long id;
    }

    static final class Basket implements Serializable {
        private final Session session;

        Basket(long id) {
            this.session = new Session(id);
        }
    }

    static final class Session {
        private final long id;

        Session(long id) {
            this.id = id;
        }
    }
}
