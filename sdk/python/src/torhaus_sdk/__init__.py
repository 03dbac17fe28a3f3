"""Licence tokens and signed statements of a Torhaus installation, for the products that read them."""

from torhaus_sdk.version import __version__

__all__ = ["__version__"]
