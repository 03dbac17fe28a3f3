"""Deeds that cross rooms of which neither may call the other."""
