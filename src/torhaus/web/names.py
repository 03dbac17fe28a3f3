"""Names of people stand in headers of mails: what is entered as one stands on one line."""

import re

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

# The control characters that RFC 5322 section 2.2 keeps out of a header, and the line ends of Unicode.
_BREAKS = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]")
YOURS_ON_ONE_LINE = RegexValidator(_BREAKS, _("Enter your name on one line."), inverse_match=True)
ON_ONE_LINE = RegexValidator(_BREAKS, _("Enter the name on one line."), inverse_match=True)
