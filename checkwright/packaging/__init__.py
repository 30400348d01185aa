"""Debian package of a built environment, and the data of each machine for Puppet."""
