"""Background entry points of the notices."""

from torhaus.notices.delivery import deliver, give_up
from torhaus.work.jobs import job


# Ten attempts in about seven hours: a mail server that is away for a morning loses nothing.
@job(max_attempts=10, first_pause=60, longest_pause=3 * 3600, on_dead=give_up)
def deliver_mail(mail_id: int) -> None:
    """Deliver a mail; a refusal for good ends the job, anything else is tried again."""
    deliver(mail_id)
