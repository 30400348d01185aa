"""Sinks: one module for each kind, found by its file's name (see checkwright/batch/sink.py)."""
