"""Import of an existing Sensu, Go or Core 1.x: checks and machines become a project, with a report on the rest."""
