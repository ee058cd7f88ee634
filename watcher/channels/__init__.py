"""Where notifications go: for each kind its table of the file and a pure codec."""
