package com.acme.jobs;

import com.acme.pricing.Rates;
import com.acme.pricing.Tariff;

import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceConfigurationError;

/** Classes that are not there, or not the ones that this was compiled against. */
final class Loading {
    private Loading() {}

    static Map<String, Trouble> troubles() {
        Map<String, Trouble> named = new HashMap<>();
        named.put("no-class-by-name", v -> Class.forName("com.acme.plugins.GeoLookup"));
        named.put("no-driver", v -> Class.forName("com.mysql.cj.jdbc.Driver"));
        named.put("no-class-def", v -> System.out.println(new Tariff(v.number(1, 9)).price()));
        named.put("no-such-method", v -> System.out.println(Rates.of("EUR")));
        named.put("no-such-field", v -> System.out.println(Rates.latest));
        named.put("class-change", v -> System.out.println(Rates.Shape.corners()));
        named.put("class-version", v -> define(v, 62 + v.number(1, 9), "com/acme/jobs/Loading$Small"));
        named.put("duplicate-class", v -> {
            define(v, 0, "com/acme/jobs/Loading$Small");
            define(v, 0, "com/acme/jobs/Loading$Small");
        });
        named.put("initializer", v -> Broken.touch());
        named.put("service-file", v -> {
            throw new ServiceConfigurationError("com.acme.api.Codec: Provider com.acme.codec.Codec" + v.number(1, 9) + " not found");
        });
        return named;
    }

    /** Defines a class from its bytes, with another version of the class file's format. */
    private static void define(Vary vary, int version, String name) throws Exception {
        try (InputStream in = Loading.class.getClassLoader().getResourceAsStream(name + ".class")) {
            byte[] bytes = in.readAllBytes();
            if (version > 0) {
                bytes[7] = (byte) version;
            }
            MethodHandles.lookup().defineClass(bytes);
        }
    }

    static final class Small {}

    static final class Broken {
        private static final int SIZE = Integer.parseInt(System.getProperty("acme.size", "many"));

        static void touch() {
            System.out.println(SIZE);
        }
    }
}
