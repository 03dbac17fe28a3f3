"""The portal as shipped, plus two empty pages to compare with (used by bench_pages only)."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torhaus.config.settings")
settings.ROOT_URLCONF = "benchmarks.page_urls"
application = get_wsgi_application()
