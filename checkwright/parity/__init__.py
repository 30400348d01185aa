"""Parity: the watches of all environments side by side, compared with the values of their roles."""
