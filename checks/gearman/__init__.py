"""Gearman job servers."""
