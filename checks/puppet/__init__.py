"""Puppet."""
