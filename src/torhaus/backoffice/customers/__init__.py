"""Staff pages of customers."""
