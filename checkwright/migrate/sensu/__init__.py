"""The import of an existing Sensu, Go or Core 1.x: its checks and machines as a project, and a report on the rest."""
