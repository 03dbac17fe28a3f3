"""Staff pages of releases: the list, each one, uploads, and publishing."""
