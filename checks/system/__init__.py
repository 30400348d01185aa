"""This machine: processors, memory, disks, network, processes and files."""
