"""Tickets as the customer sees them: ask, follow, answer, close."""
