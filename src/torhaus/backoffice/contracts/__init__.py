"""Staff pages of contracts and bookings."""
