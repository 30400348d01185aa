"""What an existing Sensu holds, Go or Core 1.x, in words that both share: objects, checks, machines.

`objects` reads files, `checks` and `machines` say what the objects mean. Nothing here knows a registry.
"""
