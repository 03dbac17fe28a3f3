"""Where libfaketime is, which sets back the time of a whole process (Debian: faketime)."""

from pathlib import Path


def faketime_path() -> Path | None:
    """Give the library; None where it is not installed."""
    found = [
        *Path("/usr/lib").glob("*/faketime/libfaketime.so.1"),
        *Path("/usr/local/lib").glob("faketime/libfaketime.so.1"),
    ]
    return found[0] if found else None
