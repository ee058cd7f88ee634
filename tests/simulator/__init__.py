"""Tests of the simulated API."""
