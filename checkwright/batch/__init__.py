"""Batch: runs all watches of a host in one process and delivers their results.

plan file -> tasks -> schedule -> master (checkwright/worker) -> results -> store on disk -> sinks

The store is a transactional outbox: a result is committed there before any sink tries to deliver it, and removed once
its sink has accepted it.
"""
