"""The version of the SDK, and how it names itself to the server."""

import platform

__version__ = "0.1.0"
AGENT = f"torhaus-sdk/{__version__} Python/{platform.python_version()}"
