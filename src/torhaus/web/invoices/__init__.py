"""Billing information, the list of invoices, each invoice and its PDF."""
