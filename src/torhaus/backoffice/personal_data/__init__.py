"""Staff pages of what is stored of people: export and erasure on request (GDPR)."""
