"""Watches Flink jobs and tells the right people when one is not doing what it was told."""

__version__ = "0.1.0"
