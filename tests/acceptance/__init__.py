"""The real process, against the simulated API and receivers on the loopback interface."""
