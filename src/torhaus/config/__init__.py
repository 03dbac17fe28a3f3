"""Settings, root URLs, WSGI, schedule: wiring only."""
