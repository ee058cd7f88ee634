"""What others may use with the watcher is right: the alert rules and the dashboard of contrib/."""
