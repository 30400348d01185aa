"""AWS for a registry: IAM policies, costs and CloudWatch alarms of an environment's watches. Nothing here asks AWS."""
