"""Staff pages of invoices without a customer."""
