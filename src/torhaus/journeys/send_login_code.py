"""The deed ``send_login_code``: who wants to sign in without the password gets a code by mail."""

from torhaus.accounts.login_codes import give_login_code
from torhaus.accounts.models import User
from torhaus.core.link_codes import mark_of_number
from torhaus.journeys.vendor_mail import mail_from_vendor
from torhaus.records.deeds import Actor, deed, nothing_done, write_record


@deed("send_login_code")
def send_login_code(*, ref: str, mail: str, by: Actor) -> bool:
    """Send the code that was asked for as ``ref`` to a person of customers; False if there is none or they had enough.

    Who was invited and never came in follows the invitation first. Staff sign in with their password.
    """
    rows = User.objects.select_for_update().filter(mail=mail.strip().lower(), is_active=True, staff_role="")
    user = rows.first()
    row = give_login_code(ref=ref, user=user) if user is not None and user.has_usable_password() else None
    if user is None or row is None:
        nothing_done()
        return False
    mail_from_vendor(
        template="login_code",
        recipient=user.mail,
        recipient_name=user.name,
        language=user.language,
        context={"typed_code": mark_of_number(row.ref), "until": row.expires_at},
    )
    write_record(by=by, subject=("user", user.ref), after={"login_code": row.ref}, personal={"mail": user.mail})
    return True
