"""The subscription: contract, products, history of changes."""
