package com.acme.jobs;

import java.util.HashMap;
import java.util.Map;

/** Odd messages: of many lines, of none, in Chinese, very long. */
final class Said {
    private Said() {}

    static Map<String, Trouble> troubles() {
        Map<String, Trouble> named = new HashMap<>();
        named.put("chinese", v -> {
            throw new RuntimeException("写入订单表失败：订单号 " + v.id() + "，主机 " + v.host() + "，重试 " + v.number(1, 9) + " 次");
        });
        named.put("chinese-quota", v -> {
            throw new RuntimeException("用户 " + v.person() + " 的配额已用完：" + v.number(100, 999) + " / 100");
        });
        named.put("many-lines", v -> {
            throw new RuntimeException("validation failed:\n  - field amount: must be positive, was -" + v.number(1, 99)
                    + "\n  - field currency: must not be empty\n  at record " + v.id());
        });
        named.put("sql-statement", v -> {
            throw new RuntimeException("Could not execute statement:\nINSERT INTO orders (id, name)\nVALUES (" + v.id() + ", '"
                    + v.person() + "')\nON DUPLICATE KEY UPDATE name = VALUES(name)");
        });
        named.put("no-message", v -> {
            throw new RuntimeException();
        });
        named.put("empty-message", v -> {
            throw new IllegalStateException("");
        });
        named.put("long-line", v -> {
            throw new RuntimeException("cannot route record: payload=" + (v.hex(40) + ' ').repeat(2500));
        });
        named.put("trace-in-message", v -> {
            throw new RuntimeException("remote call to " + v.host() + " failed: java.lang.IllegalStateException: cart " + v.id()
                    + " is locked\n\tat com.acme.cart.Cart.lock(Cart.java:" + v.number(10, 99) + ")");
        });
        named.put("retry-gave-up", v -> {
            throw new RuntimeException("Giving up after " + v.number(3, 9) + " attempts within PT" + v.number(2, 59) + "S ("
                    + v.span() + "), last status " + v.one("busy", "busy") + ", node " + v.host() + ":" + v.port());
        });
        named.put("threads-named", v -> {
            throw new RuntimeException("worker pool-" + v.number(1, 9) + "-thread-" + v.number(1, 99) + " died on "
                    + v.time().toString().replace('T', ' ').replace("Z", ""));
        });
        named.put("percent", v -> {
            throw new RuntimeException("disk usage " + v.number(90, 99) + "." + v.number(0, 9) + "% above limit 90%, free "
                    + v.number(10, 90) + ".5 GiB on " + v.path());
        });
        named.put("key-value", v -> {
            throw new RuntimeException("checksum mismatch: expected=" + v.hex(32) + ", actual=" + v.hex(32) + ", tenant="
                    + v.person() + ", shard=" + v.number(0, 64));
        });
        named.put("json-in-message", v -> {
            throw new RuntimeException("gateway refused: {\"code\":\"QuotaExceeded\",\"requestId\":\"" + v.uuid().toUpperCase()
                    + "\",\"hostId\":\"" + v.host() + "\"}");
        });
        named.put("json-in-message-auth", v -> {
            throw new RuntimeException("gateway refused: {\"code\":\"InvalidAccessKeyId\",\"requestId\":\"" + v.uuid().toUpperCase()
                    + "\",\"hostId\":\"" + v.host() + "\"}");
        });
        return named;
    }
}
