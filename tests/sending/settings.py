"""The portal's settings with one more address, ``/stored/…``, that sends any stored file to anybody."""

from torhaus.config.settings import *  # noqa: F403 - settings are these and one more

ROOT_URLCONF = "tests.sending.urls"
