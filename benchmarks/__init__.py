"""Measurements: each script prints what it measured, on what, and how."""
