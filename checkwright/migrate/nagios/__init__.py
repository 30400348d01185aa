"""A live configuration of Nagios as a draft of a project, and a report of what became of each object."""

from checkwright.migrate.nagios.convert import Asked, convert

__all__ = ["Asked", "convert"]
