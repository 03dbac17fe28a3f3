"""Seats: who or what holds a place that the contract books, and how many are booked, used and free."""
