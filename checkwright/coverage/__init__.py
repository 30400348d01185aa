"""Coverage: machines, roles, ports, services and runbooks that no watch or no person looks after."""
