"""What lasts: one SQL store, SQLite by default."""
