"""``torhaus-licence``: a product's administrator sees and changes what the product is licensed for.

A product ships it with a file ``torhaus-licence.toml`` beside it, or embeds it: :func:`main` takes the words and a way
to make the client. Exit codes are those of :class:`Exit`; they stay the same in later versions.
"""

import argparse
import contextlib
import getpass
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from torhaus_sdk.answers import Code
from torhaus_sdk.armour import END
from torhaus_sdk.client import Client
from torhaus_sdk.console_call import Aborted, Call, Exit, complain, json_value, say
from torhaus_sdk.console_options import Settings, WrongUsage, environment, language_of, parser, settings_from
from torhaus_sdk.console_pages import add_on_table, licence_table, preview, retrieved, status_page, usage_lines
from torhaus_sdk.console_seats import seats
from torhaus_sdk.console_texts import told
from torhaus_sdk.errors import LicenceError
from torhaus_sdk.jwks import InvalidKeySet
from torhaus_sdk.status import Mode

__all__ = ["Exit", "Settings", "client_from", "main", "run"]


# With these codes the command goes on where the product would have to.
_TAKES_PLACE = {
    Code.INSTALLATION_REQUIRED, Code.INSTALLATION_UNKNOWN, Code.FINGERPRINT_MISMATCH, Code.LEASE_REQUIRED, Code.LEASE_EXPIRED,
}  # fmt: skip


ClientFactory = Callable[[Settings], Client]


def main(argv: Sequence[str] | None = None, client_factory: ClientFactory | None = None) -> int:
    """Run ``torhaus-licence`` with ``argv`` (without the program's name) and give its exit code.

    Args:
        argv: the words; None takes those of this process.
        client_factory: makes the client from settings, for products that have their own way. With it no setting is
            required; what was not said is empty.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    language = language_of(words, environment())
    try:
        said = parser(language).parse_args(words)
        needs = () if client_factory else ("server", "product", "keys", "state")
        settings = settings_from(said, environment(), needs=needs)
    except WrongUsage as error:
        complain(str(error))
        return Exit.USAGE
    return _run(said, settings, client_factory or client_from)


def run() -> None:
    """Run the command and end the process with its exit code."""
    sys.exit(main())


def client_from(settings: Settings) -> Client:
    """Give the client that the settings describe.

    Raises:
        WrongUsage: the keys cannot be read, or a setting cannot be.
    """
    try:
        keys = settings.keys.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise WrongUsage(told("keys_unreadable", settings.language, path=settings.keys, why=why)) from None
    try:
        return Client(
            settings.server,
            settings.product,
            keys=keys,
            state_file=settings.state,
            version=settings.version,
            released_on=settings.released_on,
            environment=settings.environment,
            proxy=settings.proxy or None,
            language=settings.language,
        )
    except InvalidKeySet as error:
        raise WrongUsage(told("keys_unreadable", settings.language, path=settings.keys, why=error)) from None
    except ValueError as error:
        raise WrongUsage(told("wrong_setting", settings.language, why=error)) from None


def _run(said: argparse.Namespace, settings: Settings, factory: ClientFactory) -> int:
    call: Call | None = None
    try:
        call = Call(factory(settings), said, settings)
        return _COMMANDS[said.command](call)
    except WrongUsage as error:
        complain(str(error))
        return Exit.USAGE
    except (Aborted, KeyboardInterrupt, EOFError):
        complain(
            f"\n{told('aborted', settings.language)}" if sys.stdin.isatty() else told("aborted", settings.language)
        )
        return Exit.ABORTED
    except ValueError as error:  # an argument that cannot be, such as a number beyond all bounds
        complain(told("wrong_setting", settings.language, why=error))
        return Exit.USAGE
    except LicenceError as error:
        if call is None:
            raise  # a factory of the product's own
        return call.failed(error)
    finally:
        if call is not None:
            call.client.close()


def _set_token(call: Call) -> int:
    given = call.said.given
    if given is None:
        given = getpass.getpass(told("ask_token", call.language)) if sys.stdin.isatty() else sys.stdin.read()
    if not given.strip():
        raise WrongUsage(told("no_token", call.language))
    saved = call.client.save_token(given)
    if call.said.check or call.said.activate:
        return _check(call)
    return call.answer(saved, [saved.message], warnings=saved.warnings)


def _check(call: Call) -> int:
    result = call.client.check(activate=call.said.activate)
    lines = [result.message, *(found.message for found in result.findings if found.message != result.message)]
    lines += [result.next_step, told("hint_activate", call.language) if result.code in _TAKES_PLACE else ""]
    lines = [line for line in dict.fromkeys(lines) if line]
    lines.append(f"{told('last_check', call.language)}: {retrieved(len(result.licences), call.language)}")
    lines += ["", *licence_table(result.licences, call.language)]
    warnings = result.status.warnings if result.status else ()
    return call.answer(result, lines, Exit.VALID if result.valid else Exit.NOT_VALID, warnings)


def _status(call: Call) -> int:
    status = call.client.status()
    code = Exit.VALID if status.valid else Exit.NOT_VALID
    if status.server_away and status.mode is not Mode.OFFLINE:
        code = Exit.GRACE if status.valid else Exit.UNREACHABLE
    if call.said.json:
        say(json.dumps(status.to_dict(), ensure_ascii=False, indent=2))
        return code
    return call.answer(status, status_page(status, call.language), code)


def _install(call: Call) -> int:
    file: str | Path = Path(call.said.file)
    if call.said.file == "-":
        file = _pasted(call) if sys.stdin.isatty() else sys.stdin.read()
        if sys.stdin.isatty() and not call.said.yes:
            for line in preview(file, call.settings.keys, call.language):
                say(line)
            call.sure("ask_install")
    installed = call.client.install_offline(file)
    lines = [installed.message, installed.next_step, "", *licence_table(installed.licences, call.language)]
    return call.answer(installed, lines, warnings=installed.warnings)


def _pasted(call: Call) -> str:
    complain(told("paste", call.language))
    lines: list[str] = []
    while not lines or lines[-1].strip() != END:
        lines.append(input())
    return "\n".join(lines)


def _list(call: Call) -> int:
    status = call.client.status()
    if call.said.json:
        said = {"licences": status.licences, "add_ons": status.add_ons}
        say(json.dumps(said, default=json_value, ensure_ascii=False, indent=2))
        return Exit.VALID
    lines = [*licence_table(status.licences, call.language), *add_on_table(status.add_ons, call.language)]
    return call.answer(status, lines)


def _remove(call: Call) -> int:
    there = [row.id for row in call.client.status().licences]
    ids = there if call.said.all else call.said.ids
    if call.said.and_token:
        call.sure("ask_remove_token")
        removed = call.client.remove_token()
        return call.answer(removed, [removed.message])
    if not ids and not call.said.all:
        raise WrongUsage(told("nothing_chosen", call.language))
    if missing := [one for one in ids if one not in there]:
        raise WrongUsage(told("unknown_ids", call.language, ids=", ".join(missing)))
    if call.said.all:
        call.sure("ask_remove", count=len(ids))
    removed = call.client.remove(ids)
    return call.answer(removed, [removed.message])


def _usage(call: Call) -> int:
    if not call.said.readings:
        status = call.client.status()
        return call.answer(status, status_page(status, call.language))
    readings = [_reading(text, call.language) for text in call.said.readings]
    away = bool(call.client.status().server_away)
    results = [call.client.report_usage(meter, quantity, kind=call.said.kind) for meter, quantity in readings]
    if away:  # a person who asks wants to know whether the server is there again
        results.append(call.client.send_usage())
    code = Exit.REFUSED if any(one.refused for one in results) else Exit.VALID
    if results[-1].waiting:
        code = Exit.GRACE
    whole = replace(
        results[-1],
        sent=sum(one.sent for one in results),
        refused=tuple(one for result in results for one in result.refused),
        meters={name: value for one in results for name, value in one.meters.items()},
        states={name: value for one in results for name, value in one.states.items()},
    )
    return call.answer(whole, usage_lines(whole, call.language), code)


def _reading(text: str, language: str) -> tuple[str, int]:
    meter, _, quantity = text.partition("=")
    if not meter or not (quantity.isascii() and quantity.isdigit()):
        raise WrongUsage(told("no_reading", language, text=text))
    return meter, int(quantity)


def _activate(call: Call) -> int:
    made = call.client.activate(name=call.said.name)
    with contextlib.suppress(LicenceError):  # so that the last check is not one from before
        call.client.check()
    code = Exit.VALID if made.answer.valid else Exit.NOT_VALID
    lines = [made.message, f"{told('installation', call.language)}: {made.installation}", made.answer.message]
    return call.answer(made, lines, code)


def _deactivate(call: Call) -> int:
    done = call.client.deactivate(keep=call.said.keep)
    return call.answer(done, [done.message])


def _machine(call: Call) -> int:
    if call.said.json:
        parts = dict(line.split("=", 1) for line in call.client.machine_code.splitlines())
        say(json.dumps({"id": call.client.machine_id, "parts": parts}, indent=2))
        return Exit.VALID
    say(call.client.machine_code)
    complain(told("machine_next", call.language))
    return Exit.VALID


_COMMANDS: dict[str, Callable[[Call], int]] = {
    "set-token": _set_token,
    "check": _check,
    "status": _status,
    "install": _install,
    "list": _list,
    "remove": _remove,
    "usage": _usage,
    "activate": _activate,
    "deactivate": _deactivate,
    "seats": seats,
    "machine": _machine,
}

if __name__ == "__main__":
    run()
