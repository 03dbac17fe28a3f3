"""Customers who ask for more licences: the work list of sales, and what they decide."""
