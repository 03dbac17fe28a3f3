"""Versions and files for programs."""
