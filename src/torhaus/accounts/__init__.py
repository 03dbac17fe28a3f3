"""People, staff and customers' alike, and the throttling of sign-in attempts."""
