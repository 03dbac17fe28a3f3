"""Pages that belong to no room: preferences, help, legal notice, health, brand files."""
