"""A customer's seats, as staff see them."""
