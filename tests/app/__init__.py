"""The place where the parts are joined."""
