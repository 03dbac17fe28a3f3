"""Who lost the licence token asks for a link by mail and gets a new token with it."""
