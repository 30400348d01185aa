"""Self-contained pages, and a small HTTP server for them."""
