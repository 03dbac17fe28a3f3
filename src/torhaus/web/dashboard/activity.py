"""Recent activity in plain words: one sentence a deed. Of the vendor's people it says "our staff" and no more."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from torhaus.records.models import ActorKind, Record

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

READ, SHOWN = 40, 6
_BY_STAFF: dict[str, "_StrPromise"] = {
    "issue_token": gettext_lazy("Our staff issued a licence token"),
    "revoke_token": gettext_lazy("Our staff revoked a licence token"),
    "add_booking": gettext_lazy("Our staff changed your products"),
    "accept_booking_request": gettext_lazy("Our staff booked the licences you asked for"),
    "decline_booking_request": gettext_lazy("Our staff declined a request for more licences"),
    "create_contract": gettext_lazy("Our staff set up your contract"),
    "create_customer": gettext_lazy("Our staff set up your company"),
    "match_invoice": gettext_lazy("Our staff assigned an invoice to your company"),
    "invite_owner": gettext_lazy("Our staff invited the owner of your account"),
    "view_as_customer": gettext_lazy("Our staff looked at the portal as you see it"),
    "answer_ticket": gettext_lazy("Our staff answered a ticket"),
    "change_ticket_state": gettext_lazy("Our staff closed a ticket or opened it again"),
    "merge_tickets": gettext_lazy("Our staff merged tickets"),
    "remove_installation": gettext_lazy("Our staff removed an installation"),
    "name_installation": gettext_lazy("Our staff named an installation"),
    "suspend_contract": gettext_lazy("Our staff suspended your contract"),
    "resume_contract": gettext_lazy("Your contract goes on as agreed"),
    "set_contract_policy": gettext_lazy("Our staff changed the rules of your licence"),
    "clear_contract_policy": gettext_lazy("Our staff changed the rules of your licence"),
}
_ANY: dict[str, "_StrPromise"] = {
    "sign_in_with_token": gettext_lazy("Signed in with a licence token"),
    "sign_in_person": gettext_lazy("Signed in by name"),
    "sign_out_person": gettext_lazy("Signed out"),
    "invite_member": gettext_lazy("Somebody was invited"),
    "resend_invitation": gettext_lazy("An invitation was sent again"),
    "change_member_role": gettext_lazy("Somebody got another role"),
    "deactivate_member": gettext_lazy("Somebody’s access was deactivated"),
    "reactivate_member": gettext_lazy("Somebody’s access was activated again"),
    "remove_member": gettext_lazy("Somebody was removed from your organisation"),
    "accept_invitation": gettext_lazy("An invitation was accepted"),
    "download_file": gettext_lazy("A file was downloaded"),
    "issue_token": gettext_lazy("A licence token was issued"),
    "revoke_token": gettext_lazy("A licence token was revoked"),
    "reset_token": gettext_lazy("The licence token was replaced in the portal"),
    "send_token_reset": gettext_lazy("A link for a lost licence token was sent by mail"),
    "replace_lost_token": gettext_lazy("The licence token was replaced with a link sent by mail"),
    "issue_offline_licence": gettext_lazy("An offline licence was issued"),
    "add_booking": gettext_lazy("Your products were changed"),
    "create_contract": gettext_lazy("Your contract was set up"),
    "create_customer": gettext_lazy("Your company was set up"),
    "import_customer": gettext_lazy("Your company data was updated"),
    "import_contract": gettext_lazy("Your contract data was updated"),
    "import_invoices": gettext_lazy("Your invoices were updated"),
    "match_invoice": gettext_lazy("An invoice was assigned to your company"),
    "create_ticket": gettext_lazy("A ticket was opened"),
    "reply_to_ticket": gettext_lazy("A message was written in a ticket"),
    "close_ticket": gettext_lazy("A ticket was closed"),
    "activate_installation": gettext_lazy("An installation was activated"),
    "deactivate_installation": gettext_lazy("An installation was deactivated"),
    "remove_installation": gettext_lazy("An installation was removed"),
    "name_installation": gettext_lazy("An installation was named"),
    "report_usage": gettext_lazy("Usage came near to an allowance or passed it"),
    "warn_of_usage": gettext_lazy("Your contacts were told about your usage by mail"),
    "request_booking": gettext_lazy("More licences were asked for"),
    "assign_seat": gettext_lazy("A seat was assigned"),
    "reassign_seat": gettext_lazy("A seat was given to another holder"),
    "release_seat": gettext_lazy("A seat was released"),
    "remove_second_factor": gettext_lazy("The second factor of a seat’s holder was removed"),
    "register_seat": gettext_lazy("A holder confirmed a seat"),
    "mail_seat_registration": gettext_lazy("A holder was sent the link to confirm a seat"),
    "extend_seat": gettext_lazy("It was changed when a seat ends"),
    "end_temporary_seat": gettext_lazy("A temporary seat ended"),
    "warn_of_ending_seat": gettext_lazy("Your contacts were told by mail that a temporary seat ends soon"),
    "report_seats": gettext_lazy("Holders of seats came for the first time"),
    "refuse_attachment": gettext_lazy("The virus check refused an attachment"),
}


@dataclass(frozen=True)
class Happening:
    """A deed, or several alike of one day, as the customer reads it."""

    text: str
    at: datetime
    times: int


def happenings(records: Iterable[Record], contract_ref: str, contract_number: str = "") -> list[Happening]:
    """Put the records into words, newest first; what concerns other contracts of the customer is left out.

    So is what staff do with a ticket among themselves: nobody outside is to see that a note was written.
    """
    found: list[Happening] = []
    for record in records:
        if record.subject_kind == "contract" and record.subject_ref != contract_ref:
            continue
        if record.subject_kind == "ticket" and not _of_ticket(record, contract_number):
            continue
        text = _text(record)
        last = found[-1] if found else None
        if last is not None and last.text == text and _day(last.at) == _day(record.at):
            found[-1] = Happening(text, last.at, last.times + 1)
        else:
            found.append(Happening(text, record.at, 1))
    return found[:SHOWN]


def _of_ticket(record: Record, contract_number: str) -> bool:
    known = _BY_STAFF if record.actor_kind == ActorKind.STAFF else _ANY
    return record.deed in known and record.after.get("contract") == contract_number


def _text(record: Record) -> str:
    if record.actor_kind == ActorKind.STAFF:
        return str(_BY_STAFF.get(record.deed) or _("Our staff changed something in your account"))
    return str(_ANY.get(record.deed) or _("Something in your account was changed"))


def _day(instant: datetime) -> object:
    return timezone.localtime(instant).date()
