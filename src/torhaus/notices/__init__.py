"""Mail to people: templates, languages, log and retries."""
