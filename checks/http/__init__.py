"""Websites and APIs."""
