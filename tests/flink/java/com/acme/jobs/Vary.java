package com.acme.jobs;

import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;

/** Values that differ between the two runs of one cause: numbers, hosts, ids, ports, times. */
final class Vary {
    private static final String[] STEMS = {"db", "kafka", "pluto", "mars", "orders-api", "edge", "cache", "node"};
    private static final String[] ZONES = {"prod.acme.internal", "cn-hangzhou.acme.com", "svc.cluster.local", "dc2.acme.net"};
    private static final String[] PEOPLE = {"alice", "bob", "mallory", "wang.wei", "zhang", "trent", "olivia"};
    private final Random random;

    Vary(long seed) {
        this.random = new Random(seed);
    }

    int number(int low, int high) {
        return low + random.nextInt(high - low);
    }

    long id() {
        return 10_000_000L + (long) (random.nextDouble() * 90_000_000_000L);
    }

    String uuid() {
        return new UUID(random.nextLong(), random.nextLong()).toString();
    }

    String hex(int digits) {
        StringBuilder said = new StringBuilder();
        while (said.length() < digits) {
            said.append(Integer.toHexString(random.nextInt(16)));
        }
        return said.toString();
    }

    String host() {
        return one(STEMS) + "-" + number(1, 40) + "." + one(ZONES);
    }

    String ip() {
        return "10." + number(0, 255) + "." + number(0, 255) + "." + number(1, 255);
    }

    int port() {
        return number(20_000, 60_000);
    }

    String person() {
        return one(PEOPLE);
    }

    Instant time() {
        return Instant.ofEpochMilli(1_790_000_000_000L + random.nextInt(Integer.MAX_VALUE));
    }

    Duration span() {
        return Duration.ofMillis(number(200, 900_000));
    }

    String path() {
        return "/data/flink/job-" + hex(8) + "/part-" + number(0, 99) + "-" + number(0, 9) + ".parquet";
    }

    String one(String... of) {
        return of[random.nextInt(of.length)];
    }
}
