"""Staff pages of tickets: the queue, a ticket, canned answers."""
