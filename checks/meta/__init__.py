"""Checks for trying things out and for running several as one."""
