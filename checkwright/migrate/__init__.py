"""What the imports of existing configurations share: recognising plugins, and writing a project.

`recognise` turns the argv of a plugin into a check of ours where that does the same, `draft` is a project in
the making, `project.write_project` its files, `report` what became of each thing that was read.
"""
