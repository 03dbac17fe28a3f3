"""Pages that belong to no room: preferences, legal notice, health, brand files."""
