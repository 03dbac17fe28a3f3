"""Staff pages of licence tokens."""
