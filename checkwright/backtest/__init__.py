"""Back-test: recorded values through the thresholds and attempts of a plan, for the alerts that they make."""
