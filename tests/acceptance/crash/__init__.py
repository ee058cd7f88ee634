"""Kills the real process again and again, and proves that what it saw was told."""
