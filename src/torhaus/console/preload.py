"""What server processes have in common is loaded once, before they are forked."""

import gc
from importlib import import_module

from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string

APPLICATION = "torhaus.config.wsgi.application"


def preload() -> None:
    """Load the portal with all its views, so that server processes share its memory and start at once.

    Nothing that a fork must not inherit is open afterwards. Where processes cannot be forked each loads it itself.
    """
    import_string(APPLICATION)
    import_module(settings.ROOT_URLCONF)  # with all views; else it is read on first use
    connections.close_all()
    gc.freeze()
