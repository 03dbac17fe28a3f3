"""Where the product runs: the list of installations, each one, its name and its end."""
