"""Staff pages of staff's sign-in."""
