"""Invoices and how a customer is billed. Knows money, not subscriptions."""
