"""Talks to what lies outside the portal."""
