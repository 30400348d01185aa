"""Import of existing configurations: recognise plugins, write a project, report every object.

`recognise` turns the argv of a plugin into an equivalent check of this library. `draft` models a project,
`project_files.write_project` renders its files, `report` records the fate of everything that was read.
"""
