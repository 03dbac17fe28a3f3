"""Staff pages of mails that were sent."""
