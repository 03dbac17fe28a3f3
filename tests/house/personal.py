"""Which fields of models may hold something personal, by their kind and their name."""

import re
from typing import Any

from django.db import models

from torhaus.accounts.models import User

KINDS = (models.EmailField, models.GenericIPAddressField, models.FileField)
# Free text may name anybody; a short one only if its name says so.
TEXTS = (models.TextField, models.JSONField, models.BinaryField)
NAMES = re.compile(
    r"name|mail|phone|address|agent|recipient|street|city|postal|person|user|author|holder|subject|reason|detail|note|hint"
    r"|body|text|error|source|machine|organisation|extra|represented|label|title|said|link|message_id|_by$|^by$|^ip"
)


def looks_personal(field: Any) -> bool:
    """Whether a field may hold something of a person's: addresses, names, free text, or a key to an account."""
    if field.is_relation:
        return field.related_model is User
    if isinstance(field, (*KINDS, *TEXTS)):
        return True
    return (
        isinstance(field, models.CharField)
        and not field.choices
        and bool(NAMES.search(field.name.removesuffix("_ref")))
    )
