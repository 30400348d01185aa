"""Warm worker: runs many checks in a few processes that stay warm.

frontend (Nagios, gearmand, batch) -> master -> thread workers and the fork server
"""
