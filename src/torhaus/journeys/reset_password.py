"""The deeds ``send_password_reset`` and ``reset_password``: who forgot the password sets another by a link."""

from dataclasses import replace

from django.conf import settings
from django.urls import reverse

from torhaus.accounts.models import User
from torhaus.accounts.open_sessions import end_sessions_of
from torhaus.accounts.passwords import require_fit
from torhaus.accounts.reset_links import add_password_reset, use_password_reset
from torhaus.core.link_codes import mark_of
from torhaus.journeys.account_mail import tell_person
from torhaus.journeys.vendor_mail import mail_from_vendor
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.records.models import ActorKind


@deed("send_password_reset")
def send_password_reset(*, mail: str, by: Actor) -> bool:
    """Send a link to a person of customers who has a password; False if there is none or the mailbox had enough.

    Who was invited and never came has no password yet: the invitation is the way in. Staff are helped by staff.
    """
    rows = User.objects.select_for_update().filter(mail=mail.strip().lower(), is_active=True, staff_role="")
    user = rows.first()
    reset = add_password_reset(user=user) if user is not None and user.has_usable_password() else None
    if user is None or reset is None:
        nothing_done()
        return False
    path = reverse("web:open_password_reset", args=[reset.ref, "-code-"]).replace("-code-", mark_of(reset.ref))
    mail_from_vendor(
        template="password_reset",
        recipient=user.mail,
        recipient_name=user.name,
        language=user.language,
        context={"link": settings.OPTIONS.public_url.rstrip("/") + path, "until": reset.expires_at},
    )
    write_record(by=by, subject=("user", user.ref), after={"reset": reset.ref}, personal={"mail": user.mail})
    return True


@deed("reset_password")
def reset_password(*, reset_ref: str, password: str, by: Actor) -> User:
    """Use the link up and set the password; every session under the old one ends with it.

    Raises:
        LinkOver: the link was used, also a moment ago, or another one of the person's, or it has expired.
        UnfitPassword: the password is refused; the link still works.
    """
    user = use_password_reset(ref=reset_ref)
    require_fit(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sessions_of(user=user)
    tell_person(user=user, change="password_by_link", by=by)
    write_record(
        by=replace(by, kind=ActorKind.PERSON, ref=user.ref, name=user.mail),
        subject=("user", user.ref),
        after={"reset": reset_ref},
    )
    return user
