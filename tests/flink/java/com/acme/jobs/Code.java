package com.acme.jobs;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Faults of the user's own code, as the language reports them. */
final class Code {
    private Code() {}

    static Map<String, Trouble> troubles() {
        Map<String, Trouble> named = new HashMap<>();
        named.put("npe-helpful", v -> System.out.println(new Customer(null).city().length()));
        named.put("npe-other-field", v -> System.out.println(new Customer(null).address.street.length()));
        named.put("npe-bare", v -> {
            throw new NullPointerException();
        });
        named.put("npe-required", v -> Objects.requireNonNull(v.number(0, 1) == 0 ? null : "x", "customerId must not be null"));
        named.put("division", v -> System.out.println(v.number(1, 9) / (v.number(0, 1))));
        named.put("array-index", v -> System.out.println("abc".getBytes()[v.number(10, 99)]));
        named.put("array-index-real", v -> {
            int[] values = new int[v.number(2, 9)];
            values[v.number(10, 99)] = 1;
        });
        named.put("string-index", v -> "order".repeat(v.number(1, 9)).substring(v.number(60, 99)));
        named.put("list-index", v -> new ArrayList<>(Arrays.asList(1, 2)).get(v.number(3, 99)));
        named.put("no-element", v -> new ArrayList<String>().iterator().next());
        named.put("optional-empty", v -> Optional.empty().orElseThrow());
        named.put("concurrent-change", Code::changeWhileReading);
        named.put("unmodifiable", v -> List.of(v.id()).add(v.id()));
        named.put("negative-size", v -> System.out.println(new int[-v.number(1, 99)].length));
        named.put("class-cast", v -> System.out.println((Integer) (Object) v.uuid()));
        named.put("duplicate-key", v -> {
            long id = v.id();
            List.of(id, id).stream().collect(Collectors.toMap(Function.identity(), x -> v.number(1, 99)));
        });
        named.put("illegal-state-order", v -> {
            throw new IllegalStateException("Order " + v.id() + " is already shipped to " + v.person() + "@acme.com");
        });
        named.put("illegal-state-stock", v -> {
            throw new IllegalStateException("Stock of item " + v.id() + " would fall to -" + v.number(1, 99));
        });
        named.put("illegal-state-session", v -> {
            throw new IllegalStateException("Session " + v.uuid() + " has expired at " + v.time());
        });
        named.put("custom", v -> {
            throw new OrderRejectedException("rejected by rule R" + v.number(1, 99) + " for user " + v.person());
        });
        named.put("custom-bare", v -> {
            throw new OrderRejectedException(null);
        });
        named.put("inner-class", v -> new Object() {
            void run() {
                throw new UnsupportedOperationException("price list v" + v.number(1, 9) + " is not supported");
            }
        }.run());
        named.put("lambda-message", Code::lambda);
        named.put("proxy", v -> ((Runnable) proxy(v)).run());
        named.put("reflection", Code::reflect);
        named.put("future", v -> CompletableFuture.supplyAsync(() -> {
            throw new ArithmeticException("BigInteger divide by zero in batch " + v.id());
        }).join());
        named.put("interrupted", v -> {
            throw new InterruptedException("sleep interrupted after " + v.span());
        });
        named.put("assertion", v -> {
            throw new AssertionError("expected: <" + v.id() + "> but was: <" + v.id() + ">");
        });
        named.put("suppressed", Code::suppress);
        return named;
    }

    private static void changeWhileReading(Vary vary) {
        List<Long> list = new ArrayList<>(List.of(vary.id(), vary.id(), vary.id()));
        for (Iterator<Long> it = list.iterator(); it.hasNext(); ) {
            list.add(it.next());
        }
    }

    private static void lambda(Vary vary) {
        Function<Long, Long> tariff = x -> x + 1;
        Function<Long, Long> discount = x -> x - 1;
        throw new IllegalArgumentException("no handler registered for " + (vary.number(0, 2) == 0 ? tariff : discount));
    }

    private static Object proxy(Vary vary) {
        return Proxy.newProxyInstance(Code.class.getClassLoader(), new Class<?>[] {Runnable.class}, (proxy, method, args) -> {
            throw new Exception("bean " + proxy.getClass().getName() + "@" + vary.hex(7) + " refused " + method.getName());
        });
    }

    private static void reflect(Vary vary) throws Exception {
        try {
            Code.class.getDeclaredMethod("invoked", Vary.class).invoke(null, vary);
        } catch (InvocationTargetException error) {
            throw new RuntimeException("udf failed", error);
        }
    }

    @SuppressWarnings("unused")
    private static void invoked(Vary vary) {
        throw new IllegalArgumentException("unsupported currency code in order " + vary.id());
    }

    private static void suppress(Vary vary) throws Exception {
        try (AutoCloseable writer = () -> {
                    throw new IllegalStateException("writer " + vary.hex(8) + " could not be closed",
                            new java.io.IOException("Broken pipe"));
                }) {
            throw new java.io.IOException("quota of bucket exceeded while writing " + vary.path());
        }
    }

    static final class Customer {
        final Address address;

        Customer(Address address) {
            this.address = address;
        }

        String city() {
            return address.city;
        }
    }

    static final class Address {
        String city;
        String street;
    }

    static final class OrderRejectedException extends Exception {
        OrderRejectedException(String message) {
            super(message);
        }
    }
}
