"""Checks of services that other services are built on."""
