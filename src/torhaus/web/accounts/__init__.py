"""Sign in by licence token, sign out, several contracts in one session."""
