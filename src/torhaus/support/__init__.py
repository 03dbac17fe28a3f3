"""Tickets and their answers, help articles, and the clock of a support package."""
