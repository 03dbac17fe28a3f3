"""Licences & seats: what is booked, used and free, who holds which seat, and the deeds that change it."""
