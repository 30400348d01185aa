"""Jobs that run now and then."""
