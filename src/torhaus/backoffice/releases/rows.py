"""What the rows of the pages of releases show, in words."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from torhaus.backoffice.releases.forms import CHANNELS
from torhaus.backoffice.releases.refusals import refusal_text
from torhaus.frame.words import Look
from torhaus.releases.models import Channel, PublishRequest, PublishState
from torhaus.releases.staff_queries import Published, PublishedRow


@dataclass(frozen=True)
class ListRow:
    """A version of the list."""

    row: PublishedRow
    channel: str
    state: Look


@dataclass(frozen=True)
class RequestRow:
    """A request to publish. ``waits`` while something is still to happen by itself."""

    request: PublishRequest
    title: str
    state: Look
    reason: str
    waits: bool


def list_row(row: PublishedRow, now: datetime) -> ListRow:
    """Give a version as it stands now."""
    return ListRow(row, str(CHANNELS[Channel(row.published.channel)]), state_of(row.published, now))


def state_of(published: Published, now: datetime) -> Look:
    """Give whether a version is offered."""
    if published.withdrawn_at is not None:
        return Look("bad", "ban", _("Withdrawn"))
    if published.published_at is not None and published.published_at > now:
        return Look("info", "calendar-clock", _("Published later"))
    return Look("ok", "check", _("Published"))


def request_row(request: PublishRequest) -> RequestRow:
    """Give a request as it stands."""
    looks = {
        PublishState.WAITING: Look("info", "clock", _("Waiting to be checked")),
        PublishState.CHECKING: Look("info", "loader", _("Being checked and stored")),
        PublishState.PUBLISHED: Look("ok", "check", _("Published")),
        PublishState.REFUSED: Look("bad", "circle-x", _("Refused")),
    }
    state = PublishState(request.state)
    title = " ".join(word for word in (request.said.get("of", ""), request.said.get("version", "")) if word)
    return RequestRow(
        request=request,
        title=title or request.ref,
        state=looks[state],
        reason=refusal_text(request.reason, request.detail) if state is PublishState.REFUSED else "",
        waits=state in {PublishState.WAITING, PublishState.CHECKING},
    )
