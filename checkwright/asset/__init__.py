"""A Sensu asset: the checks and all that they import, in one archive that runs wherever it is unpacked."""
