"""Torhaus as ``torhaus serve`` runs it, with one difference: the limits by the minute count, but never refuse.

``BENCH_PROFILE=FILE`` writes where the time of the calling threads went, when the process ends.
"""

import os

from torhaus.config.wsgi import application as shipped
from torhaus.frame import rates

rates.PER_TOKEN.limit = rates.PER_ADDRESS.limit = 10**9
application = shipped
