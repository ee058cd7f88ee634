"""The APIs that are polled: a package for each kind, and the registry that names them."""
