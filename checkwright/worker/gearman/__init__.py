"""The door to gearmand: how its packets, mod_gearman's payloads and a worker of its queues work."""
