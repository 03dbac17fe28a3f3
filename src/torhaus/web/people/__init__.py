"""How people of customers come in: by mail and password, by invitation, by a link for a new password."""
