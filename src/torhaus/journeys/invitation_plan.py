"""What would become of lines that invite people: new, unchanged or refused, and whether so many may wait.

The preview shows it; the deed makes it anew under the customer's lock and goes on only if it is what was shown.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

from torhaus.accounts.queries import people_with_mails
from torhaus.core import clock
from torhaus.journeys.invite_owner import MOST, may_be_invited
from torhaus.notices.models import INVITATION
from torhaus.notices.queries import mails_to_many_across_customers
from torhaus.organisations.invitation_lines import InvitationLine, Why
from torhaus.organisations.models import MembershipState
from torhaus.organisations.people import states_by_mail

# A file invites so many people at most: they are added in one transaction under the customer's lock, which on SQLite
# keeps every other writer waiting (docs/operations.md has the time it takes).
MOST_AT_ONCE = 500
# So many invitations of one customer may wait for their people: mails go out in the vendor's name, to people who asked
# for none, and who sends thousands that nobody accepts has the vendor's mail server taken for one of spam.
MOST_WAITING = 1_000
_PAGE = 500


@dataclass(frozen=True)
class There:
    """Somebody who is among the customer's people already."""

    state: MembershipState
    role: str


@dataclass(frozen=True)
class PlannedInvitation:
    """A line and what becomes of it. ``there``: the person is among the customer's people already.

    ``about`` is another line's number, where that names the same person.
    """

    line: InvitationLine
    why: Why | None = None
    there: There | None = None
    about: str = ""

    @property
    def new(self) -> bool:
        """Whether the line invites somebody."""
        return self.why is None and self.there is None


@dataclass(frozen=True)
class InvitationPlan:
    """What becomes of all lines; ``room`` is how many more invitations of the customer may wait."""

    lines: tuple[PlannedInvitation, ...]
    room: int

    @cached_property
    def new(self) -> list[PlannedInvitation]:
        """The lines that invite somebody."""
        return [one for one in self.lines if one.new]

    @cached_property
    def refused(self) -> list[PlannedInvitation]:
        """The lines that cannot."""
        return [one for one in self.lines if one.why is not None]

    @cached_property
    def unchanged(self) -> list[PlannedInvitation]:
        """The lines whose people are there already."""
        return [one for one in self.lines if one.why is None and one.there is not None]

    @property
    def too_many(self) -> bool:
        """Whether more are invited at once than may be."""
        return len(self.new) > MOST_AT_ONCE

    @property
    def too_many_wait(self) -> bool:
        """Whether more invitations would wait than may."""
        return len(self.new) > self.room

    @property
    def fits(self) -> bool:
        """Whether all of it can be done: a file is done whole or not at all."""
        return not self.refused and not self.too_many and not self.too_many_wait

    @cached_property
    def digest(self) -> str:
        """What tells which lines invite whom: a plan of the same lines with the same digest does the same."""
        said = ",".join(f"{one.line.number}:{one.line.role}" for one in self.new)
        return hashlib.sha256(said.encode()).hexdigest()[:32]


def plan_invitations(customer_id: int, lines: Sequence[InvitationLine]) -> InvitationPlan:
    """Plan the lines, inside the customer's scope."""
    members = {mail: There(MembershipState(state), role) for mail, state, role in states_by_mail(customer_id)}
    waiting = sum(one.state == MembershipState.INITIATED for one in members.values())
    first: dict[str, int] = {}
    planned = [_plan(line, members, first) for line in lines]
    refused = _refused_mailboxes([one.line.mail for one in planned if one.new])
    lines_done = (replace(one, why=refused.get(one.line.mail)) if one.new else one for one in planned)
    return InvitationPlan(tuple(lines_done), max(0, MOST_WAITING - waiting))


def _plan(line: InvitationLine, members: dict[str, There], first: dict[str, int]) -> PlannedInvitation:
    if line.why is not None:
        return PlannedInvitation(line, line.why)
    if before := first.get(line.mail):
        return PlannedInvitation(line, Why.TWICE, about=str(before))
    first[line.mail] = line.number
    return PlannedInvitation(line, there=members.get(line.mail))


def _refused_mailboxes(mails: Sequence[str]) -> dict[str, Why]:
    """Give whom no invitation opens anything for, and whose mailboxes got enough of them, whoever sent those."""
    refused: dict[str, Why] = {}
    now = clock.now()
    for page in _pages(mails):
        found = mails_to_many_across_customers(page, template=INVITATION, since=now - max(span for span, _most in MOST))
        full = (mail for mail, written in found.items() if _enough([now - at for at in written]))
        refused |= dict.fromkeys(full, Why.MAILBOX_FULL)
        closed = (one.mail for one in people_with_mails(page) if not may_be_invited(one))
        refused |= dict.fromkeys(closed, Why.NOT_INVITABLE)
    return refused


def _enough(ages: Sequence[timedelta]) -> bool:
    return any(sum(age < span for age in ages) >= most for span, most in MOST)


def _pages(mails: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(mails), _PAGE):
        yield mails[start : start + _PAGE]
