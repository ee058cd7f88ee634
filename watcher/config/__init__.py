"""The configuration file: found, read, judged as a whole, and resolved to what the rest needs."""
