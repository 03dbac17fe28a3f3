"""Customers, their addresses and contacts."""
