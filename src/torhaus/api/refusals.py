"""What the deeds of licensing refuse, as problems with stable codes: the table of codes, titles and what to do.

404: the body names something that is not there. 409: the body is right, and what stands refuses it. A code never
changes its meaning and never goes; new ones come, so a program treats a code it does not know by its status.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from torhaus.frame import problems
from torhaus.licensing.rules import Refusal as FileRefusal

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Refusal:
    """A refusal: its status, what it is, and what to do now. ``detail`` may hold ``%(name)s`` for its subject."""

    status: int
    title: "_StrPromise | str"
    detail: "_StrPromise | str"


REFUSALS: dict[str, Refusal] = {
    "product_not_licensed": Refusal(
        404,
        _("This contract does not license that product"),
        _("Send the key of a product of this contract, or leave “product” out. “GET licences” lists them."),
    ),
    "installation_unknown": Refusal(
        404,
        _("There is no such installation"),
        _("Activate the product on this machine, and send the reference that comes back."),
    ),
    "unknown_meter": Refusal(
        404,
        _("There is no such meter"),
        _("No meter has the key “%(name)s”. Send a key from the vendor’s catalogue; nothing of this body was kept."),
    ),
    "unknown_seat_kind": Refusal(
        404,
        _("There is no such kind of seat"),
        _("No kind of seat has the key “%(name)s”. “GET account” lists those of this contract."),
    ),
    "seat_unknown": Refusal(
        404,
        _("There is no such seat"),
        _("This contract has no seat “%(name)s”. “GET seats” lists those that are held."),
    ),
    "seat_released": Refusal(
        409,
        _("The seat was released"),
        _("“%(name)s” is held by nobody any more. Assign a new seat."),
    ),
    "no_free_seat": Refusal(
        409,
        _("No seat is free"),
        _("All seats of the kind “%(name)s” are in use. Release or reassign one, or ask our sales team for more."),
    ),
    "seat_holder_unfit": Refusal(
        409,
        _("The holder does not fit the kind of seat"),
        _(
            "A person needs “mail”; a thing, such as a data room, a “name” and no “mail”. “GET account” says by “personal” which of them holds “%(name)s”."
        ),
    ),
    "seat_mail_taken": Refusal(
        409,
        _("This mail address has a seat of this kind"),
        _("It holds the seat “%(name)s”. Use that one, or send another address."),
    ),
    "seat_not_convertible": Refusal(
        409,
        _("A seat of one kind does not become one of the other"),
        _(
            "This mail address holds the seat “%(name)s” of a kind that belongs to this one. Release that one first, or send another address."
        ),
    ),
    "seat_second_factor": Refusal(
        409,
        _("The holder has a second factor"),
        _(
            "Remove the second factor of the holder of “%(name)s” first, in the product or, as an administrator, in the portal; then reassign the seat."
        ),
    ),
    "seat_guests_not_allowed": Refusal(
        409,
        _("This holder may create no guests"),
        _(
            "Have an administrator permit it on the page of the seat “%(name)s” in the portal, or add the person yourself."
        ),
    ),
    "seat_end_passed": Refusal(
        409,
        _("The last day lies in the past"),
        _("“%(name)s” is over. Send today or a later day in “ends_on”."),
    ),
    "cursor_unknown": Refusal(
        404,
        _("There is no such cursor"),
        _(
            "Nothing has happened at “%(name)s” yet: it is of another portal, or of this one before it was restored. Read “GET seats” anew and begin with 0."
        ),
    ),
    "too_many_installations": Refusal(
        409,
        _("No installation is free"),
        _("Remove an installation that is no longer used, in the portal or by “deactivate”, or book more."),
    ),
    "licence_suspended": Refusal(
        409,
        _("The contract is suspended"),
        _("Ask the person who manages your contract, or our sales team."),
    ),
    "licence_not_started": Refusal(
        409,
        _("The contract has not begun"),
        _("Try again on its first day; the portal shows it under “Subscription”."),
    ),
    "licence_ended": Refusal(
        409,
        _("The contract is over"),
        _("Renew it; the portal shows under “Subscription” whom to ask."),
    ),
    "nothing_booked": Refusal(
        409,
        _("Nothing is booked"),
        _("The contract grants nothing just now. Ask our sales team."),
    ),
    "offline_licence_withheld": Refusal(
        409,
        _("The contract provides for no offline licences"),
        _("Let the product ask with “validate”, or talk to our sales team about offline licences."),
    ),
    "machine_required": Refusal(
        409,
        _("Each offline licence is bound to one machine"),
        _("Send in “fingerprint” the machine it is for, or in “installation” one that was activated on that machine."),
    ),
    "environment_not_allowed": Refusal(
        409,
        _("The licence does not allow this environment"),
        _("Send in “environment” what the product is used for here; ask us if your licence should allow it."),
    ),
    "version_not_allowed": Refusal(
        409,
        _("The licence does not cover this version"),
        _("Send in “version” which version this is; install one that the licence covers, or ask our sales team."),
    ),
    "version_not_maintained": Refusal(
        409,
        _("Maintenance ended before this version"),
        _("Install a version that was published while maintenance ran, or renew it; the portal shows its end."),
    ),
    "edition_mismatch": Refusal(
        409,
        _("The contract is for another edition"),
        _("Install the edition that is booked; the portal shows it under “Subscription”."),
    ),
    "checksum_mismatch": Refusal(
        409,
        _("The licence does not cover this build"),
        _("Send in “checksum” the SHA-256 of this build; fetch the product from the portal again if it differs."),
    ),
    "installation_removed": Refusal(
        409,
        _("This installation was removed"),
        _("Activate the product on this machine again."),
    ),
    "kind_mismatch": Refusal(
        409,
        _("The meter counts otherwise"),
        _("“%(name)s” is of the other kind. Leave “kind” out or send the meter’s; nothing of this body was kept."),
    ),
    "reading_conflict": Refusal(
        409,
        _("A reading with this id says something else"),
        _("The id “%(name)s” was used before. Give each reading an id of its own; nothing of this body was kept."),
    ),
    "reading_too_old": Refusal(
        409,
        _("A reading is too old"),
        _("“%(name)s” was read more than 31 days ago. Leave it out; nothing of this body was kept."),
    ),
    "reading_too_large": Refusal(
        409,
        _("A reading is too large to be counted"),
        _("With “%(name)s” usage would be a number nothing can count. Check it; nothing of this body was kept."),
    ),
    "reading_in_future": Refusal(
        409,
        _("A reading lies in the future"),
        _("“%(name)s” lies more than an hour ahead. Set this machine’s clock; nothing of this body was kept."),
    ),
    "cannot_sign": Refusal(
        503,
        _("Licences cannot be signed just now"),
        _("Try again in a minute. If it goes on, tell our support."),
    ),
}
# Why a contract gets no licence file, in the words of this API.
OF_FILES: dict[FileRefusal, str] = {
    FileRefusal.SUSPENDED: "licence_suspended",
    FileRefusal.UPCOMING: "licence_not_started",
    FileRefusal.ENDED: "licence_ended",
    FileRefusal.EMPTY: "nothing_booked",
    FileRefusal.WITHHELD: "offline_licence_withheld",
    FileRefusal.MACHINE: "machine_required",
    FileRefusal.MACHINE_UNKNOWN: "machine_required",
}


def refused(request: HttpRequest, code: str, *, name: str = "") -> HttpResponse:
    """Answer with a refusal of the table; ``name`` is what it is about."""
    its = REFUSALS[code]
    named = "%(name)s" in str(its.detail)
    detail = str(its.detail) % {"name": name} if named else str(its.detail)
    headers = {"Retry-After": "60"} if its.status == 503 else None
    about = {"about": name} if named else None
    return problems.problem(request, its.status, code, title=str(its.title), detail=detail, headers=headers, more=about)
