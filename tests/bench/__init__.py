"""Measures the watcher's own numbers, as ratios in one run: `python -m tests.bench`."""
