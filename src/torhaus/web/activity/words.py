"""Deeds in plain words, one sentence each. Of the vendor's people they say "our staff" and no more."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from torhaus.records.models import ActorKind, Record

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

BY_STAFF: dict[str, "_StrPromise"] = {
    "issue_token": gettext_lazy("Our staff issued a licence token"),
    "revoke_token": gettext_lazy("Our staff revoked a licence token"),
    "add_booking": gettext_lazy("Our staff changed your products"),
    "accept_booking_request": gettext_lazy("Our staff booked the licences you asked for"),
    "decline_booking_request": gettext_lazy("Our staff declined a request for more licences"),
    "grant_education": gettext_lazy("Our staff granted education terms"),
    "refuse_education": gettext_lazy("Our staff refused education terms"),
    "create_contract": gettext_lazy("Our staff set up your contract"),
    "create_customer": gettext_lazy("Our staff set up your company"),
    "match_invoice": gettext_lazy("Our staff assigned an invoice to your company"),
    "invite_owner": gettext_lazy("Our staff invited the owner of your account"),
    "propose_owner_recovery": gettext_lazy("Our staff proposed another owner of your account"),
    "withdraw_owner_recovery": gettext_lazy("Our staff withdrew the proposal of another owner"),
    "confirm_owner_recovery": gettext_lazy("Two of our staff gave your account to another owner"),
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
BY_ANYBODY: dict[str, "_StrPromise"] = {
    "sign_in_with_token": gettext_lazy("Signed in with a licence token"),
    "sign_in_person": gettext_lazy("Signed in by name"),
    "sign_out_person": gettext_lazy("Signed out"),
    "invite_member": gettext_lazy("Somebody was invited"),
    "invite_members": gettext_lazy("People were invited from a file"),
    "mail_invitations": gettext_lazy("Invitations were sent by mail"),
    "resend_invitation": gettext_lazy("An invitation was sent again"),
    "change_member_role": gettext_lazy("Somebody got another role"),
    "deactivate_member": gettext_lazy("Somebody’s access was deactivated"),
    "reactivate_member": gettext_lazy("Somebody’s access was activated again"),
    "remove_member": gettext_lazy("Somebody was removed from your organisation"),
    "offer_ownership": gettext_lazy("The account was offered to a new owner"),
    "withdraw_ownership": gettext_lazy("The offer of the account was withdrawn"),
    "accept_ownership": gettext_lazy("The account got another owner"),
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
    "warn_of_usage": gettext_lazy("Your usage passed a threshold, and a mail told of it"),
    "choose_usage_notices": gettext_lazy("Somebody turned their notices about usage on or off"),
    "let_owner_in": gettext_lazy("All ways to sign in were allowed again, as the owner had none left"),
    "change_company_security": gettext_lazy("The rules for signing in were changed"),
    "issue_booking_link": gettext_lazy("A product gave a user a link to the page where more is booked"),
    "follow_booking_link": gettext_lazy("Somebody came from a product to the page where more is booked"),
    "add_report_recipient": gettext_lazy("An address was entered for the usage report"),
    "confirm_report_recipient": gettext_lazy("The usage report was confirmed by whoever gets it"),
    "change_report_recipient": gettext_lazy("It was changed when or in which language somebody gets the usage report"),
    "remove_report_recipient": gettext_lazy("An address gets the usage report no more"),
    "send_usage_report": gettext_lazy("A usage report was sent by mail"),
    "request_booking": gettext_lazy("More licences were asked for"),
    "request_education": gettext_lazy("Education terms were asked for"),
    "withdraw_education_request": gettext_lazy("The request for education terms was taken back"),
    "remind_of_education": gettext_lazy("A mail told that education terms end soon"),
    "assign_seat": gettext_lazy("A seat was assigned"),
    "import_seats": gettext_lazy("Seats were assigned from a file"),
    "reassign_seat": gettext_lazy("A seat was given to another holder"),
    "release_seat": gettext_lazy("A seat was released"),
    "remove_second_factor": gettext_lazy("The second factor of a seat’s holder was removed"),
    "permit_guests": gettext_lazy("It was changed whether a seat’s holder may create guests"),
    "register_seat": gettext_lazy("A holder confirmed a seat"),
    "mail_seat_registration": gettext_lazy("A holder was sent the link to confirm a seat"),
    "extend_seat": gettext_lazy("It was changed when a seat ends"),
    "end_temporary_seat": gettext_lazy("A temporary seat ended"),
    "warn_of_ending_seat": gettext_lazy("Your contacts were told by mail that a temporary seat ends soon"),
    "report_seats": gettext_lazy("Holders of seats came for the first time"),
    "refuse_attachment": gettext_lazy("The virus check refused an attachment"),
    "subscribe_to_releases": gettext_lazy("A mailbox was entered for mails about new versions"),
    "confirm_release_subscription": gettext_lazy("Mails about new versions were confirmed"),
    "end_release_subscription": gettext_lazy("Mails about new versions were ended"),
}
# What the vendor does for itself or among itself, and people with their own sign-in, which is no customer's.
HIDDEN = frozenset(
    {
        "add_passkey",
        "announce_release",
        "assign_ticket",
        "change_language",
        "change_password",
        "clear_plan_policy",
        "create_article",
        "create_canned_answer",
        "create_signing_key",
        "create_staff",
        "create_vendor",
        "delete_canned_answer",
        "discard_job",
        "distrust_signing_key",
        "edit_article",
        "edit_canned_answer",
        "end_other_sessions",
        "end_own_session",
        "erase_personal_values",
        "export_personal_data",
        "import_data",
        "note_ticket",
        "pause_app_codes",
        "publish_add_on",
        "publish_release",
        "refuse_mail",
        "remove_passkey",
        "renew_recovery_codes",
        "reset_password",
        "reset_second_factors",
        "reset_staff_password",
        "restore_release",
        "retry_job",
        "rotate_signing_key",
        "send_login_code",
        "send_password_reset",
        "send_test_mail",
        "set_plan_policy",
        "sign_in_staff",
        "sign_out_staff",
        "take_next_ticket",
        "turn_off_totp",
        "turn_on_totp",
        "withdraw_release",
    }
)


def deed_text(record: Record) -> str:
    """Say in a sentence what was done."""
    if record.actor_kind == ActorKind.STAFF:
        return str(BY_STAFF.get(record.deed) or _("Our staff changed something in your account"))
    return str(BY_ANYBODY.get(record.deed) or _("Something in your account was changed"))


def event_choices() -> list[tuple[str, str]]:
    """Give every event there is a sentence for, by sentence."""
    return sorted(((deed, str(text)) for deed, text in (BY_STAFF | BY_ANYBODY).items()), key=lambda one: one[1])
