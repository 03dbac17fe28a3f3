"""What a session knows of how it was signed in and used, as the security of customers looks at it."""

from typing import Any

from torhaus.core import clock
from torhaus.organisations.rules import PASSKEY, PASSWORD, Signed

# How the session was begun; what was proved beside it (nothing, totp, passkey, recovery); the longest time without use.
METHOD, FACTOR, PAUSE = "method", "factor", "longest_pause"


def signed_in(session: Any) -> Signed:
    """Give what is known of ``session``, with the time since it was last used counted in."""
    now = clock.now().timestamp()
    return Signed(
        methods=methods_of(session.get(METHOD, PASSWORD), session.get(FACTOR, "")),
        factor=bool(session.get(FACTOR)),
        seconds=now - session.get("started_at", now),
        pause=longest_pause(session),
    )


def methods_of(method: str, factor: str) -> frozenset[str]:
    """Give by what a session was proved: a passkey counts for itself, also behind a password."""
    return frozenset({method, PASSKEY} if factor == PASSKEY else {method})


def longest_pause(session: Any) -> float:
    """Give the longest time, in seconds, for which ``session`` was not used.

    It counts for good: one customer's limit may be shorter than that of another in whose pages the session went on.
    """
    now = clock.now().timestamp()
    return float(max(session.get(PAUSE, 0), now - session.get("seen_at", now)))
