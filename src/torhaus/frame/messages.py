"""Messages that survive a redirect, in a cookie named like the portal's others (R23)."""

from typing import Any

from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest

from torhaus.frame.viewers import secure_cookie


class Messages(CookieStorage):
    """Django's signed cookie, under the ``__Host-`` prefix whenever HTTPS is on."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.cookie_name = secure_cookie("torhaus_messages")
