"""``torhaus settings``: which values are in force."""

from dataclasses import fields
from typing import Annotated, Any

import typer
from django.conf import settings

from torhaus.console.words import say_json, say_table


def list_settings(as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False) -> None:
    """List every setting with the value in force. Secrets are shown as set or empty only."""
    found = {spec.name: (_shown(spec.name), spec.metadata["doc"]) for spec in fields(settings.OPTIONS)}
    if as_json:
        say_json({f"TORHAUS_{name.upper()}": value for name, (value, _) in found.items()})
    else:
        say_table(
            ["variable", "value", "meaning"],
            [(f"TORHAUS_{name.upper()}", _text(value), doc) for name, (value, doc) in found.items()],
        )


def _shown(name: str) -> Any:
    value = getattr(settings.OPTIONS, name)
    if name in settings.OPTIONS.secrets:
        return "set" if value else ""
    return value


def _text(value: Any) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)
