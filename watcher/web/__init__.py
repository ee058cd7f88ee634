"""What `listen` serves: is it alive, is it ready, and its numbers."""
