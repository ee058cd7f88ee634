package com.acme.jobs;

import org.apache.kafka.common.errors.Broker;

import java.util.HashMap;
import java.util.Map;

/** What a message broker says, in the words of Kafka's client. */
final class Brokers {
    private Brokers() {}

    static Map<String, Trouble> troubles() {
        Map<String, Trouble> named = new HashMap<>();
        named.put("kafka-no-topic", v -> Broker.timeout(
                "Topic orders-" + v.number(1, 99) + " not present in metadata after " + v.number(50000, 70000) + " ms."));
        named.put("kafka-expired", v -> Broker.timeout("Expiring " + v.number(1, 90) + " record(s) for orders-" + v.number(0, 64)
                + ":" + v.number(120000, 130000) + " ms has passed since batch creation"));
        named.put("kafka-commit-timeout", v -> Broker.timeout("Timeout of " + v.number(50000, 70000)
                + "ms expired before successfully committing offsets {orders-" + v.number(0, 64) + "=OffsetAndMetadata{offset="
                + v.id() + ", leaderEpoch=" + v.number(1, 90) + ", metadata='" + v.hex(6) + "'}}"));
        named.put("kafka-too-large", v -> Broker.recordTooLarge("The message is " + v.number(1048577, 9048577)
                + " bytes when serialized which is larger than 1048576, which is the value of the max.request.size configuration."));
        named.put("kafka-sasl", v -> Broker.sasl(
                "Authentication failed during authentication due to invalid credentials with SASL mechanism PLAIN"));
        named.put("kafka-offset", v -> Broker.offset("Offset out of range with no configured reset policy for partitions: {orders-"
                + v.number(0, 64) + "=" + v.id() + "}"));
        named.put("kafka-unknown-topic", v -> Broker.unknownTopic("This server does not host this topic-partition."));
        named.put("kafka-fenced", v -> Broker.fenced(
                "Producer attempted to produce with an old epoch (producerId=" + v.id() + ", epoch=" + v.number(1, 900) + ")"));
        named.put("kafka-group", v -> Broker.denied("Not authorized to access group: etl-" + v.number(1, 99)));
        named.put("kafka-disconnect", v -> Broker.disconnect(null));
        return named;
    }
}
