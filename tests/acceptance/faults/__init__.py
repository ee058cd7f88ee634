"""The fault matrix: the real process, a real fault, what is told of it, when, at what cost."""
