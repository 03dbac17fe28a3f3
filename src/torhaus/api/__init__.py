"""The door for programs: JSON over HTTP, refusals as problem details (RFC 9457)."""
