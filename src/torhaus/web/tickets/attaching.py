"""What the forms say about attachments: how many, how large, which kinds, and what was wrong with those sent."""

from typing import Any

from torhaus.support.attachments import largest_file, largest_together
from torhaus.support.file_kinds import KINDS, MOST_FILES
from torhaus.support.words import kinds_text

_MIB = 1024 * 1024


def file_limits(errors: list[str], *, chosen: bool) -> dict[str, Any]:
    """Give the values of the field. ``chosen``: files came along, which a browser does not send again by itself."""
    return {
        "file_errors": errors,
        "choose_again": chosen or bool(errors),
        "most_files": MOST_FILES,
        "file_mib": largest_file() // _MIB,
        "together_mib": largest_together() // _MIB,
        "file_bytes": largest_file(),
        "together_bytes": largest_together(),
        "file_kinds": kinds_text(),
        "accept": ",".join(f".{kind}" for kind in KINDS),
    }
