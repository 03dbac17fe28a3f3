"""The staff's door: work lists and deeds in the portal's design, plus Django admin."""
