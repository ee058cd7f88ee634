"""Programs that the tests put into the container; nothing imports them here."""
