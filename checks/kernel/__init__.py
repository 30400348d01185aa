"""Linux kernel: sockets, events and restarts."""
