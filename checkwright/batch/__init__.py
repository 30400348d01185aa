"""`checkctl batch`: all of a host's watches in one process, and their results brought to where they are wanted.

plan file -> tasks -> schedule -> core (checkwright/worker) -> results -> store on disk -> deliveries
"""
