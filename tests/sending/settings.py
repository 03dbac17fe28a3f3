"""The portal's settings with one more address, ``/stored/…``, that sends any stored file to anybody."""

from torhaus.config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.sending.urls"
