"""Staff pages of background jobs that failed."""
