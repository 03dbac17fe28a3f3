"""Licence tokens: issue, overlap, revoke, sign in."""
