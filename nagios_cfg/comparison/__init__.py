"""Comparison of two configurations.

`compare_objects` compares files that `render` made, object by object. `compare_live` compares any two configurations
by what Nagios does with them, service by service. Both return a `Difference`.
"""
