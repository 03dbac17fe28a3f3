"""The activity log of a customer: who did what to whom, filtered, paged and as a file."""
