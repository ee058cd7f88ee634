"""What the watcher tells of itself: logs, metrics and messages to systemd, without any secret."""
