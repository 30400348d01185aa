"""This machine: processors, memory, filesystems, processes and files."""
