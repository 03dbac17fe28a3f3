"""The second step of signing in by name, and signing in by passkey: for customers' people and staff alike."""
