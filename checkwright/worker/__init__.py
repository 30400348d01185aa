"""Many checks in one process that stays warm."""
