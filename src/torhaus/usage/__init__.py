"""Meter readings against the allowances of a contract."""
