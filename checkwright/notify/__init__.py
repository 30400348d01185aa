"""Notifications of Nagios and Sensu, sent to people: the program `checkwright-notify`."""
