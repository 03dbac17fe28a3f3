"""Words for what a form lets one choose, and for what a page says about it."""

from babel import Locale
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from torhaus.organisations.models import AddressKind, ContactRole
from torhaus.records.models import ActorKind

LANGUAGES = {"en": _("English"), "de": _("German")}
ADDRESS_KINDS = {AddressKind.BILLING: _("Billing address"), AddressKind.DELIVERY: _("Delivery address")}
CONTACT_ROLES = {
    ContactRole.MAIN: _("Main contact"),
    ContactRole.BILLING: _("Billing contact"),
    ContactRole.TECHNICAL: _("Technical contact"),
}
OVERLAPS = {
    "0": _("At once (recommended)"),
    "1h": _("After 1 hour"),
    "24h": _("After 24 hours"),
    "7d": _("After 7 days"),
}
ACTORS = {
    ActorKind.STAFF: _("Staff"),
    ActorKind.TOKEN: _("Customer, by licence token"),
    ActorKind.PERSON: _("Customer, by name"),
    ActorKind.CONSOLE: _("Command line"),
    ActorKind.SYSTEM: _("The portal itself"),
}
DEEDS = {
    "add_booking": _("Booking added"),
    "activate_installation": _("Installation activated"),
    "deactivate_installation": _("Installation deactivated"),
    "remove_installation": _("Installation removed"),
    "name_installation": _("Installation named"),
    "report_usage": _("Usage near an allowance or beyond it"),
    "warn_of_usage": _("Customer warned of its usage"),
    "assign_seat": _("Seat assigned"),
    "reassign_seat": _("Seat given to another holder"),
    "release_seat": _("Seat released"),
    "extend_seat": _("End of a seat changed"),
    "end_temporary_seat": _("Temporary seat ended"),
    "warn_of_ending_seat": _("Customer told that a seat ends"),
    "report_seats": _("Holders of seats seen for the first time"),
    "set_plan_policy": _("Licence policy of a plan saved"),
    "clear_plan_policy": _("Licence policy of a plan taken back"),
    "set_contract_policy": _("Licence policy saved"),
    "clear_contract_policy": _("Licence policy taken back"),
    "suspend_contract": _("Contract suspended"),
    "resume_contract": _("Contract goes on"),
    "invite_owner": _("Owner invited"),
    "invite_member": _("Person invited"),
    "resend_invitation": _("Invitation sent again"),
    "change_member_role": _("Role changed"),
    "deactivate_member": _("Access deactivated"),
    "reactivate_member": _("Access activated again"),
    "remove_member": _("Person removed"),
    "accept_invitation": _("Invitation accepted"),
    "sign_in_person": _("Signed in by name"),
    "sign_out_person": _("Signed out"),
    "send_password_reset": _("Link for a new password sent"),
    "reset_password": _("Password set anew by link"),
    "create_contract": _("Contract created"),
    "create_customer": _("Customer created"),
    "erase_personal_values": _("Personal data erased"),
    "import_contract": _("Contract imported"),
    "import_customer": _("Customer imported"),
    "import_invoices": _("Invoices imported"),
    "issue_offline_licence": _("Offline licence issued"),
    "issue_token": _("Licence token issued"),
    "match_invoice": _("Invoice matched"),
    "replace_lost_token": _("Lost licence token replaced"),
    "reset_token": _("Licence token reset by the customer"),
    "revoke_token": _("Licence token revoked"),
    "send_token_reset": _("Link for a lost token sent"),
    "publish_release": _("Version published"),
    "publish_add_on": _("Version of an add-on published"),
    "withdraw_release": _("Version withdrawn"),
    "restore_release": _("Version offered again"),
    "announce_release": _("Subscribers told"),
    "subscribe_to_releases": _("Asked for mails about versions"),
    "confirm_release_subscription": _("Mails about versions confirmed"),
    "end_release_subscription": _("Mails about versions ended"),
    "create_ticket": _("Ticket opened"),
    "reply_to_ticket": _("Customer wrote in a ticket"),
    "answer_ticket": _("Ticket answered"),
    "note_ticket": _("Internal note written"),
    "assign_ticket": _("Ticket assigned"),
    "take_next_ticket": _("Ticket taken"),
    "change_ticket_state": _("State of a ticket changed"),
    "close_ticket": _("Ticket closed by the customer"),
    "merge_tickets": _("Tickets merged"),
    "refuse_attachment": _("Infected file refused"),
    "sign_in_with_token": _("Signed in to the portal"),
    "view_as_customer": _("Portal seen by staff"),
}


def countries() -> list[tuple[str, str]]:
    """Give the countries (ISO 3166-1 alpha-2) by their names in the page's language."""
    locale = Locale.parse((get_language() or "en")[:2])
    known = [(code, name) for code, name in locale.territories.items() if len(code) == 2 and code not in _NO_COUNTRY]
    return sorted(known, key=lambda pair: pair[1])


_NO_COUNTRY = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "AC", "CP", "DG", "EA", "IC", "TA", "CQ"}
