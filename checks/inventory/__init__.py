"""Inventories of machines."""
