"""The one place where the parts are joined: the service, and the demo that runs it."""
