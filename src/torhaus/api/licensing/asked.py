"""What a product asks with ``validate`` and ``heartbeat``: its body as the rule's question."""

from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from torhaus.api.bodies import ValidateBody
from torhaus.licensing.fingerprints import hashed_parts
from torhaus.licensing.leases import holder_of
from torhaus.licensing.validation import Question


class Asked:
    """A request's bytes, the body that was read from them, and who would hold a lease."""

    __slots__ = ("body", "holder", "said")

    def __init__(self, said: bytes, body: ValidateBody) -> None:
        self.said = said
        self.body = body
        self.holder = holder_of(body.installation, body.process or "") if body.installation else ""

    def question(self, zone: str, *, with_parts: bool) -> Question:
        """Give the body as the rule's question; see :func:`question_of`."""
        return question_of(self.body, zone, with_parts=with_parts)


def question_of(body: ValidateBody, zone: str, *, with_parts: bool = True) -> Question:
    """Give a body as a question. ``zone`` is the vendor's time zone: a build was published when its day began there.

    Hashing the fingerprint is left out where nothing is compared with it.
    """
    installation = body.installation or ""
    said = body.fingerprint if with_parts else None
    return Question(
        installation=installation,
        holder=holder_of(installation, body.process or "") if installation else "",
        parts=hashed_parts(said) if said else None,
        version=body.version or "",
        released_at=_day_began(body.released_on, zone) if body.released_on else None,
        environment=body.environment or "",
        checksum=body.checksum or "",
        edition=body.edition or "",
        require=tuple(body.require) if body.require else (),
    )


@lru_cache(maxsize=1024)
def _day_began(day: str, zone: str) -> int:
    began = datetime.combine(date.fromisoformat(day), time(0), ZoneInfo(zone))
    try:
        return int(began.timestamp())
    except OverflowError:  # the first hours of the calendar
        return int(datetime.combine(date.fromisoformat(day), time(0)).replace(tzinfo=ZoneInfo("UTC")).timestamp())
