"""Hostile input for everything that reads what others wrote: properties, a corpus, two engines."""
