"""Throttling of sign-ins, the same for customers and staff: by source address, never by account."""

import hashlib
import logging
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from torhaus.accounts.actions import note_failure, take_back
from torhaus.accounts.queries import WINDOW, must_wait
from torhaus.frame.addresses import client_address, throttle_source

_security = logging.getLogger("torhaus.security")


@dataclass(frozen=True)
class Attempt:
    """A sign-in attempt: already counted; ``wait`` seconds if it comes too soon, else 0."""

    source: str
    wait: int

    def succeeded(self) -> None:
        """Take the attempt back out of the count."""
        take_back(source=self.source)


def count_attempt(request: HttpRequest, *, door: str) -> Attempt:
    """Count an attempt at ``door`` (``token`` or ``staff``) before anything is verified."""
    limit = settings.OPTIONS.login_attempts
    address = client_address(request)
    source = f"{door}:{throttle_source(address)}"
    wait = must_wait(source=source, limit=limit)
    if not wait and note_failure(source=source) > limit:
        wait = must_wait(source=source, limit=limit) or int(WINDOW.total_seconds())
    if wait:
        _security.warning("sign-in throttled", extra={"event": {"door": door, "address": address, "wait": wait}})
    return Attempt(source, wait)


def count_about(subject: str, *, door: str, limit: int) -> int:
    """Count a request about ``subject`` (which is kept hashed), from wherever; give the seconds to wait, or 0.

    For what anybody may ask for and somebody else gets: mails. It never stands before a sign-in.
    """
    return attempt_about(subject, door=door, limit=limit).wait


def attempt_about(subject: str, *, door: str, limit: int) -> Attempt:
    """Count an attempt about ``subject`` (which is kept hashed), from wherever, by somebody who is known to be allowed it."""
    source = f"{door}:{hashlib.sha256(subject.encode()).hexdigest()[:32]}"
    wait = must_wait(source=source, limit=limit)
    if not wait and note_failure(source=source) > limit:
        wait = must_wait(source=source, limit=limit) or int(WINDOW.total_seconds())
    if wait:
        _security.warning("request throttled", extra={"event": {"door": door, "wait": wait}})
    return Attempt(source, wait)


def waiting(request: HttpRequest, *, door: str) -> int:
    """Give for how many seconds the address of ``request`` has to wait at ``door``; counts nothing."""
    source = f"{door}:{throttle_source(client_address(request))}"
    return must_wait(source=source, limit=settings.OPTIONS.login_attempts)


def log_failure(request: HttpRequest, *, door: str, reason: str) -> None:
    """Log a failed sign-in (ASVS 16.3.1); what was typed is never logged."""
    event = {"door": door, "reason": reason, "address": client_address(request)}
    _security.warning("sign-in failed", extra={"event": event})


def log_success(request: HttpRequest, *, door: str, who: str) -> None:
    """Log a sign-in."""
    event = {"door": door, "who": who, "address": client_address(request)}
    _security.info("signed in", extra={"event": event})
