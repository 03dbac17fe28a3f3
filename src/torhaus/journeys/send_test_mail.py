"""The deed ``send_test_mail``: proof that mails of this installation arrive."""

from torhaus.journeys.vendor_mail import mail_from_vendor
from torhaus.notices.models import Mail
from torhaus.records.deeds import Actor, deed, write_record


@deed("send_test_mail")
def send_test_mail(*, address: str, language: str, by: Actor) -> Mail:
    """Write a test mail. A worker delivers it; who cannot wait calls ``notices.delivery.deliver`` with its id.

    Raises:
        MailRefused: ``address`` is no mail address.
        NoVendor: no vendor is loaded, in whose name to write.
    """
    mail = mail_from_vendor(template="test_mail", recipient=address, language=language)
    write_record(by=by, subject=("mail", mail.ref), personal={"recipient": address})
    return mail
