"""Peers for benchmarks: the same work as people write it without checkwright."""
