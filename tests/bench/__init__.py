"""Measures the numbers of DESIGN.md §6, as ratios in one run: `python -m tests.bench`."""
