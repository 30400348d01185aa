"""Apache HTTP server."""
