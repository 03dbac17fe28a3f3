"""What the licence server asks its database past the ORM, for speed."""
