"""Staff accounts and the throttling of sign-in attempts."""
