"""Staff pages of help articles."""
