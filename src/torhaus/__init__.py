"""Torhaus: a self-hosted customer portal and licence centre for vendors of B2B software."""

__version__ = "0.1.0"
