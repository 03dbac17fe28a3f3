"""Write docs/sdk-reference.md from the SDK's docstrings, or with --check say whether it is up to date."""

import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

import torhaus_sdk

PAGE = Path(__file__).resolve().parent.parent / "docs" / "sdk-reference.md"
# What a product works with first, then what lies beneath it. All other modules are the SDK's own affair.
PUBLIC = [
    "client", "async_client", "seats", "account", "status", "answers", "errors", "messages", "fingerprint", "console",
    "licence", "refusals", "tokens", "jwks", "armour", "jws", "revocations",
]  # fmt: skip
HEAD = """# Reference of the Python SDK

Written by `make docs` from the docstrings of `torhaus-sdk` {version}; a test keeps both the same. How to begin stands in
the [quick start](quick-start-sdk.md). What is not named here may change at any time.

"""
_QUALIFIED = re.compile(r"\b(?:[a-z_][a-z_0-9]*\.)+(?=[A-Z])")
_ROLE = re.compile(r":\w+:`([^`]+)`")
_SECTION = re.compile(r"(Args|Attributes|Returns|Raises|Yields):")


def page() -> str:
    """Give the document."""
    modules = [importlib.import_module(f"torhaus_sdk.{name}") for name in PUBLIC]
    toc = "\n".join(f"- [`{one.__name__}`](#{_anchor(one.__name__)}): {_first_line(one)}" for one in modules)
    sections = "\n\n".join(_module(one) for one in modules)
    return f"{HEAD.format(version=torhaus_sdk.__version__)}{toc}\n\n{sections}\n"


def _anchor(name: str) -> str:
    return name.replace(".", "").lower()


def _module(module: ModuleType) -> str:
    parts = [f"## {module.__name__}", _text(module)]
    for name, value in _members(module):
        if inspect.isclass(value):
            parts += _class(name, value)
        elif inspect.isfunction(value):
            parts += [f"### {name}{_shown_signature(value)}", _text(value)]
    constants = [f"`{name}` = `{value!r}`" for name, value in _members(module) if isinstance(value, str | int)]
    if constants:
        parts.append("Constants: " + ", ".join(constants) + ".")
    return "\n\n".join(part for part in parts if part)


def _members(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Give what a module offers, in the order of its source: its ``__all__``, or else what it defines itself.

    What another public module defines stands there.
    """
    chosen = getattr(module, "__all__", None)
    others = {f"torhaus_sdk.{one}" for one in PUBLIC} - {module.__name__}
    for name, value in vars(module).items():
        home = getattr(value, "__module__", module.__name__)
        if chosen is None and not isinstance(value, str | int) and home != module.__name__:
            continue
        if (not name.startswith("_") if chosen is None else name in chosen) and home not in others:
            yield name, value


def _class(name: str, value: type) -> Iterator[str]:
    base = value.__mro__[1]
    suffix = f" ({base.__name__})" if issubclass(value, Exception) else ""
    yield f"### {name}{suffix}"
    yield _text(value)
    if issubclass(value, Enum):
        yield "Values: " + ", ".join(f"`{one.value}`" for one in value) + "."
        return
    if is_dataclass(value):
        yield "\n".join(
            f"- `{one.name}`: `{_shown(one.type)}`" for one in fields(value) if not one.name.startswith("_")
        )
    elif "__init__" in vars(value) and not issubclass(value, Exception):
        yield f"```python\n{name}{_signature(value.__init__)}\n```"
        yield _text(value.__init__)
    if base.__module__.startswith("torhaus_sdk.") and not suffix:
        yield f"It has everything of `{base.__name__}`, too."
    if code := vars(value).get("code"):
        yield f"`code`: `{code}`"
    for member, function in vars(value).items():
        if not member.startswith("_"):
            yield from _method(name, member, function)


def _method(owner: str, name: str, function: Any) -> Iterator[str]:
    if isinstance(function, property):
        hint = inspect.get_annotations(function.fget).get("return", "") if function.fget else ""
        yield f"#### {owner}.{name}: {_shown(hint)}"
        yield _text(function)
    elif isinstance(function, classmethod | staticmethod):
        yield f"#### {owner}.{name}{_shown_signature(function.__func__)}"
        yield _text(function.__func__)
    elif inspect.isfunction(function):
        yield f"#### {'async ' if inspect.iscoroutinefunction(function) else ''}{owner}.{name}{_shown_signature(function)}"
        yield _text(function)


def _shown_signature(function: Any) -> str:
    """Give the heading's part and the whole signature below it."""
    whole = _signature(function)
    return f"()\n\n```python\n{function.__name__}{whole}\n```"


def _signature(function: Any) -> str:
    found = inspect.signature(function)
    kept = [one for one in found.parameters.values() if one.name not in ("self", "cls")]
    text = str(found.replace(parameters=kept))
    return _plain(text) if len(text) <= 100 else _plain(_broken(found, kept))


def _broken(found: inspect.Signature, kept: list[inspect.Parameter]) -> str:
    lines, starred = [], False
    for one in kept:
        if one.kind is one.KEYWORD_ONLY and not starred:
            lines.append("    *,")
        starred = starred or one.kind in (one.KEYWORD_ONLY, one.VAR_POSITIONAL)
        lines.append(f"    {one},")
    end = str(found.replace(parameters=[])).removeprefix("()")
    return "(\n" + "\n".join(lines) + f"\n){end}"


def _shown(hint: Any) -> str:
    return _plain(hint if isinstance(hint, str) else inspect.formatannotation(hint))


def _plain(text: str) -> str:
    text = re.sub(r"<(?:function|object)[^>]*>", "…", text)
    text = re.sub(r"<(\w+\.\w+): [^>]*>", r"\1", text)
    text = re.sub(r"\b(?:typing|datetime|collections\.abc)\.(?=\w)", "", text)
    return _QUALIFIED.sub("", text).replace("'", '"')


def _text(thing: Any) -> str:
    """Give a docstring as Markdown; its sections become lists."""
    doc = thing.__doc__ if not isinstance(thing, type) or "__doc__" in vars(thing) else ""
    if not doc or (is_dataclass(thing) and doc.startswith(f"{getattr(thing, '__name__', '')}(")):
        return ""
    lines: list[str] = []
    in_section = False
    for line in (doc if inspect.ismodule(thing) else inspect.cleandoc(doc)).splitlines():
        if heading := _SECTION.fullmatch(line):
            lines += [f"*{heading[1]}*", ""]
            in_section = True
        elif in_section and line.startswith("    "):
            name, colon, rest = line.strip().partition(": ")
            entry = bool(colon) and re.fullmatch(r"\*{0,2}[\w, ]+", name) and not line.startswith("     ")
            lines.append(f"- `{name}`: {rest}" if entry else f"  {line.strip()}")
        else:
            in_section = in_section and not line
            lines.append(line)
    text = "\n".join(line.rstrip() for line in lines).strip()
    return _ROLE.sub(r"`\1`", text).replace("``", "`")


def _first_line(module: ModuleType) -> str:
    return _text(module).partition("\n\n")[0].replace("\n", " ")


def main() -> int:
    """Write the page, or say whether it is what it should be."""
    if "--check" not in sys.argv:
        PAGE.write_text(page(), "utf-8")
    elif not PAGE.exists() or PAGE.read_text("utf-8") != page():
        print("docs/sdk-reference.md is not what the SDK's docstrings say; run `make docs`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
