package com.acme.pricing;

/** The library as the jobs were compiled against it. */
public class Rates {
    public static int latest = 1;

    public static int of(String currency) {
        return currency.length();
    }

    public static class Shape {
        public static int corners() {
            return 4;
        }
    }
}
