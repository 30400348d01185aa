"""Conversion of a live configuration of Nagios to the draft of a project, with a report on each object."""

from checkwright.migrate.nagios.convert import Options, convert

__all__ = ["Options", "convert"]
