"""Changes between two states of a fleet, as a reviewer reads them: watches, values, and who is notified."""
