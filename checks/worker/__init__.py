"""Warm worker."""
