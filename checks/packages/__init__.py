"""Packages of the system."""
