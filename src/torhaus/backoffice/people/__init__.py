"""Staff pages of customers' people."""
