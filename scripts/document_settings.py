"""Write docs/settings.md from the table of options, or with --check say whether it is up to date."""

import sys
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

from torhaus.config.options import CHOICES, RANGES, SECRETS, Options, default_of, variable_of

PAGE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
HEAD = """# Settings

Written by `make docs` from `src/torhaus/config/options.py`; a test keeps both the same.

Every setting is an environment variable, or a line in `torhaus.toml` in the working directory
(`TORHAUS_CONFIG` names another file) under its name in lower case without `TORHAUS_`. The
environment wins. An unknown name is refused, and so is every value that cannot be.
Lists are separated by commas in the environment, and are arrays in the file.
`torhaus settings` shows the values in force; `torhaus check` says what is wrong with them.

```toml
# torhaus.toml
production = true
https = true
hosts = ["portal.acme.example"]
public_url = "https://portal.acme.example"
trusted_proxies = ["127.0.0.1/32"]
mail_mode = "smtp"
mail_from = "portal@acme.example"
smtp_host = "mail.acme.example"
```

| variable | kind | default | meaning |
|---|---|---|---|
"""
FOOT = """
## What is refused

With `TORHAUS_PRODUCTION` on, Torhaus refuses to start, naming the setting, when

- `TORHAUS_SECRET_KEY` (or the file `secret-key`) is missing, shorter than 50 characters or monotonous;
- `TORHAUS_HTTPS` is off, or `TORHAUS_PUBLIC_URL` is not `https://`;
- `TORHAUS_HOSTS` is empty, holds `*`, or does not name the host of `TORHAUS_PUBLIC_URL`;
- `TORHAUS_TRUSTED_PROXIES` is empty or trusts everybody;
- `TORHAUS_MAIL_MODE` is `files`, or `TORHAUS_MAIL_FROM` ends in `@localhost`;
- `TORHAUS_LOG_LEVEL` is `DEBUG`.

Without it, Torhaus listens on this machine only: another `TORHAUS_BIND` than a loopback address is refused.
SQLite is allowed in production: one machine, one disk, a backup that is one file.
"""


def page() -> str:
    """Give the document."""
    hints = get_type_hints(Options)
    rows = []
    for spec in fields(Options):
        notes = " Secret." if spec.name in SECRETS else ""
        kind = _kind(spec.name, hints[spec.name])
        rows.append(
            f"| `{variable_of(spec.name)}` | {kind} | {_default(default_of(spec))} | {spec.metadata['doc']}{notes} |"
        )
    return HEAD + "\n".join(rows) + "\n" + FOOT


def _kind(name: str, hint: Any) -> str:
    if name in CHOICES:
        return "one of " + ", ".join(f"`{choice}`" for choice in CHOICES[name])
    if name in RANGES:
        return "{} to {}".format(*RANGES[name])
    return {bool: "true or false", int: "number", str: "text", Path: "path"}.get(hint, "list")


def _default(value: Any) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    text = ",".join(value) if isinstance(value, tuple) else str(value)
    return f"`{text}`" if text else "empty"


if __name__ == "__main__":
    if "--check" not in sys.argv:
        PAGE.write_text(page(), "utf-8")
    elif PAGE.read_text("utf-8") != page():
        sys.exit("docs/settings.md is not what the options say; run `make docs`")
