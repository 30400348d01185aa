"""Where results go: one module a kind, found by its file's name (see delivery.py)."""
