package com.acme.pricing;

/** Left out of the jar. */
public class Tariff {
    private final int base;

    public Tariff(int base) {
        this.base = base;
    }

    public int price() {
        return base;
    }
}
