"""Checks for tests, and for running several checks as one."""
