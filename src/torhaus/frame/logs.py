"""Logs as one JSON object a line, in UTC, with the request id; never a token (ASVS 16.2.5, 16.4.1)."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime

from torhaus.core.redaction import without_secrets

# What JSON lets stand although some readers end a line, or a terminal begins a command, there.
_BREAKS = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
request_id: ContextVar[str] = ContextVar("request_id", default="")


class JsonFormatter(logging.Formatter):
    """One line an entry: JSON escapes line breaks, so nobody can forge a second one."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the entry as JSON."""
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        if request_id.get():
            entry["request_id"] = request_id.get()
        extra = record.__dict__.get("event")
        if isinstance(extra, dict):
            entry.update({key: without_secrets(str(value)) for key, value in extra.items()})
        if record.exc_info:
            entry["error"] = without_secrets(self.formatException(record.exc_info))
        return _BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(entry, ensure_ascii=False))
