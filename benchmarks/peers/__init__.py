"""What our checks are measured against: the same work as people write it without checkwright."""
