"""Torhaus without its short path: the same check by the ordinary view, behind all the middleware of the portal."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torhaus.config.settings")
from django.core.wsgi import get_wsgi_application

from torhaus.frame import rates

application = get_wsgi_application()
rates.PER_TOKEN.limit = rates.PER_ADDRESS.limit = 10**9
