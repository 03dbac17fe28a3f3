"""Messages that survive a redirect, in a cookie named like the portal's others (R23)."""

from django.contrib.messages.storage.cookie import CookieStorage

from torhaus.frame.viewers import secure_cookie


class Messages(CookieStorage):
    """Django's signed cookie, under the ``__Host-`` prefix whenever HTTPS is on."""

    cookie_name = secure_cookie("torhaus_messages")
