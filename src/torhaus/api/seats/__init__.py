"""Seats and the account status, for products."""
