"""Contracts, their terms, and the append-only bookings that fill them."""
