"""The machine itself: processors, memory, filesystems, processes."""
