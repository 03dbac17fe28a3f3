"""The help page: whom to ask, and with a support package the way to ask."""
