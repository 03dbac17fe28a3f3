"""My account: what everybody, customers' people and staff alike, sets for themselves."""
