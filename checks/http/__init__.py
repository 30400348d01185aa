"""Websites and HTTP APIs."""
