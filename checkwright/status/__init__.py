"""Present problems, as Nagios or Sensu knows them, with what the plans say about each."""
