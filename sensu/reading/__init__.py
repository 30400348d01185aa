"""Reader of an existing Sensu, Go or Core 1.x.

`stored_objects` reads files. `check_definitions` and `machines` interpret the objects in terms that both generations
share. Nothing here depends on a registry.
"""
