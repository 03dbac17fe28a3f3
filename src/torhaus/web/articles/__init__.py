"""The vendor's help articles: find, read, say whether they helped."""
