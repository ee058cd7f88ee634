package com.acme.pricing;

/** The library as it lies in the jar: another version. */
public class Rates {
    public static int of(String currency, int digits) {
        return currency.length() + digits;
    }

    public interface Shape {
        static int corners() {
            return 4;
        }
    }
}
