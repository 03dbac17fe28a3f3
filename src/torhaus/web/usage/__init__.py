"""Usage: each meter against its allowance, its twelve months, and which installation uses how much."""
