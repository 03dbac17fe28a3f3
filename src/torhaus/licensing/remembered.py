"""Answers without nonce that were given before, in this process: found by all that they follow from.

Nothing that was changed is missed: the row is read for each question, and it belongs to what an answer is found by (but
for when an installation was last seen, as long as that was a short while ago), as do the question's own bytes, the language,
the vendor's revision and the key. What time alone changes is kept with the answer: from when and until when it holds.
"""

import threading
from collections.abc import Hashable
from typing import NamedTuple

from torhaus_sdk.answers import Code

MOST = 2_500  # of about 4 kB each, with what they are found by


class GivenAnswer(NamedTuple):
    """An answer's payload and signature (base64url), with its code, from when and until when it holds."""

    since: int
    until: int
    code: Code
    payload: bytes
    signature: bytes


class GivenAnswers:
    """So many answers; the one that was kept first goes first."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: dict[Hashable, GivenAnswer] = {}
        self._lock = threading.Lock()

    def find(self, key: Hashable, now: int) -> GivenAnswer | None:
        """Give the answer with a key, if it holds now."""
        found = self._kept.get(key)
        return found if found is not None and found.since <= now < found.until else None

    def keep(self, key: Hashable, given: GivenAnswer) -> None:
        """Remember an answer."""
        with self._lock:
            self._kept.pop(key, None)
            while len(self._kept) >= self._most:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = given

    def __len__(self) -> int:
        return len(self._kept)


GIVEN = GivenAnswers()
