"""Staff pages of the staff's first page."""
