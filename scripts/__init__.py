"""Tools of the house: tests, locks, documents, proofs. Run from the root: ``python -m scripts.…``."""
