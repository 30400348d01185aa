"""TCP services."""
