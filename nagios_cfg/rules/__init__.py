"""Rules for plans: parts of a plan that Nagios, NRPE or sudo cannot express."""
