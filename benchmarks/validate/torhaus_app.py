"""Torhaus as ``torhaus serve`` runs it, with one difference: the limits by the minute count, but never refuse."""

from torhaus.config.wsgi import application as shipped
from torhaus.frame import rates

rates.PER_TOKEN.limit = rates.PER_ADDRESS.limit = 10**9
application = shipped
