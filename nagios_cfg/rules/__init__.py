"""Rules N001 to N019, N024 and N030: parts of a plan that Nagios, NRPE, sudo or a broker module cannot express.

`plan_rules.findings` applies those that look at the plan alone. `rendering_rules` declares those that a renderer
applies while it renders.
"""
