"""Notifications become words: title, lines and links, in each language; pure."""
