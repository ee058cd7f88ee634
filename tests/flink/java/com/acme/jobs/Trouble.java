package com.acme.jobs;

/** One cause of failure: throws it, with values that differ between two runs. */
@FunctionalInterface
interface Trouble {
    void strike(Vary vary) throws Throwable;
}
