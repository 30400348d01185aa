"""Latency of API calls, from access logs."""
