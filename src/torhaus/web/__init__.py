"""The customer's door: the portal's pages."""
