"""The deeds ``ask_mail_change`` and ``change_mail``: a person signs in with another address from now on (R18)."""

from torhaus.accounts.mail_changes import add_mail_change, use_mail_change
from torhaus.accounts.models import MailChange, User
from torhaus.core.link_codes import mark_of_number
from torhaus.journeys.account_mail import tell_person
from torhaus.journeys.vendor_mail import mail_from_vendor
from torhaus.organisations.members import end_links_of_across_customers
from torhaus.organisations.models import MembershipState
from torhaus.records.deeds import Actor, CustomerRecord, deed, write_customer_records, write_record


@deed("ask_mail_change")
def ask_mail_change(*, user: User, mail: str, customer_ref: str, by: Actor) -> MailChange:
    """Mail a code to the new address. Where somebody has an account with it, the mail says that instead.

    So nobody learns here which addresses have accounts (R7). The mail names nobody: its reader may be a stranger.

    Raises:
        SameMail: it is the person's address already.
        ErasureOpen: the person asked to be erased.
        AskedTooOften: there were too many codes for now.
    """
    change = add_mail_change(user=user, mail=mail)
    taken = User.objects.filter(mail=change.mail).exists()
    mail_from_vendor(
        template="mail_change",
        recipient=change.mail,
        language=user.language,
        context={"typed_code": mark_of_number(change.ref), "until": change.expires_at, "taken": taken},
    )
    write_record(
        by=by,
        customer_ref=customer_ref,
        subject=("user", user.ref),
        after={"mail_change": change.ref},
        personal={"new_mail": change.mail},
    )
    return change


@deed("change_mail")
def change_mail(*, user: User, change: MailChange, code: str, keep: str, customer_ref: str, by: Actor) -> User:
    """Set the address that the code proves; the old mailbox and the new one are told, and links sent to the old one end.

    Each customer of the person reads it in its activity log: whoever leaves must not keep a way in unseen.

    Raises:
        WrongCode: the code does not fit, or is over.
        ErasureOpen: the person asked to be erased in between.
        MailTaken: somebody else has the address by now.
    """
    # Locked before the person, as by whoever accepts an invitation.
    members = end_links_of_across_customers(person=user)
    row, before = use_mail_change(user=user, ref=change.ref, code=code, keep=keep)
    others = [one for one in members if one.state == MembershipState.ACTIVE and one.customer.ref != customer_ref]
    for mailbox in (before, row.mail):
        tell_person(user=row, change="mail_changed", by=by, to=mailbox)
    write_customer_records(
        by=by, entries=[CustomerRecord("change_mail", one.customer.ref, ("user", row.ref), {}) for one in others]
    )
    write_record(
        by=by,
        customer_ref=customer_ref,
        subject=("user", row.ref),
        after={"mail_change": change.ref},
        personal={"mail": before, "new_mail": row.mail},
    )
    return row
