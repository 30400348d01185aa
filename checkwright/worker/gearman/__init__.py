"""Frontend to gearmand: gearman's packets, mod_gearman's payloads, and a worker of its queues."""
