"""Sends mail: by SMTP, or into files. A refusal says whether trying again makes sense."""

import os
import re
import smtplib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class PermanentRefusal(Exception):
    """The mail server will never take this mail (5xx, RFC 5321 section 4.2.1)."""


class TemporaryFailure(Exception):
    """The mail could not be sent now: no server, no answer, or a refusal for the moment (4xx)."""


def send(message: EmailMessage) -> None:
    """Send one mail.

    Raises:
        PermanentRefusal: the recipient or the content is refused for good.
        TemporaryFailure: anything else; a refused sender or sign-in too, because somebody can mend that.
    """
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        answers = list(error.recipients.values())
        text = "; ".join(_answer(code, words) for code, words in answers)
        if answers and all(500 <= code < 600 for code, _ in answers):
            raise PermanentRefusal(text) from error
        raise TemporaryFailure(text) from error
    except smtplib.SMTPDataError as error:
        text = _answer(error.smtp_code, error.smtp_error)
        if 500 <= error.smtp_code < 600:
            raise PermanentRefusal(text) from error
        raise TemporaryFailure(text) from error
    except smtplib.SMTPResponseException as error:
        raise TemporaryFailure(_answer(error.smtp_code, error.smtp_error)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise TemporaryFailure(f"{type(error).__name__}: {error}") from error


def _answer(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {text}"


class EmlBackend(BaseEmailBackend):
    """Writes each mail as one ``.eml`` file, named by its Message-ID: the same mail twice is one file."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the mails, each whole or not at all; give how many."""
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            content = message.message()
            name = re.sub(r"[^0-9A-Za-z.-]", "", str(content["Message-ID"]).split("@")[0])
            handle, temporary = tempfile.mkstemp(dir=folder, prefix=".writing-")
            with os.fdopen(handle, "wb") as out:
                out.write(content.as_bytes())
            Path(temporary).replace(folder / f"{name}.eml")
        return len(email_messages)
