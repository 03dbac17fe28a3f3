"""``torhaus serve`` as shipped, with one difference: the limits by the minute count, but never refuse.

Run: ``python -m benchmarks.validate.torhaus_serve PORT`` in the environment of the installation.
"""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torhaus.config.settings")
import django

django.setup()

from torhaus.console.serve import run_server
from torhaus.frame import rates

if __name__ == "__main__":
    # The server processes are forked from this one.
    rates.PER_TOKEN.limit = rates.PER_ADDRESS.limit = 10**9
    run_server("127.0.0.1", int(sys.argv[1]))
