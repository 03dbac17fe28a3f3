"""Background jobs with retries, leases and dead letters."""
