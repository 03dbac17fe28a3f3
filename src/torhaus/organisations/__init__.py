"""Customers, their addresses, contacts and people."""
