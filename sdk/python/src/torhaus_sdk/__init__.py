"""Licence tokens and signed statements of a Torhaus installation, for the products that read them."""

__version__ = "0.1.0"
