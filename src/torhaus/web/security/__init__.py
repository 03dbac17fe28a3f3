"""Security in the company settings: what a company asks of those who sign in for it."""
