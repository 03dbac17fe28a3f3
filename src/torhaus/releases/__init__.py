"""Versions of the vendor's products."""
