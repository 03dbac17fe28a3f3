"""Which Chromium the tests use."""

import shutil

# The one without windows first: it shows a page in less time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def browser_path() -> str:
    """Where Chromium is, or nothing."""
    return next((found for name in NAMES if (found := shutil.which(name))), "")
