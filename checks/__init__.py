"""Checks, one folder for each technology."""
