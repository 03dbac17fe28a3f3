"""The dashboard: what needs attention first, then how things stand."""
