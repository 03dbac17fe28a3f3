"""The licence of a product, from the product's side: save a token, check it, ask what is allowed.

``save_token`` contacts nobody; ``check(activate=True)`` asks the server and takes a place where the licence needs one;
``start_heartbeat`` keeps that fresh in the background; ``require("add-on-a")`` raises what to tell the user.
"""

import os
import ssl
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeVar

from torhaus_sdk import contacts, local_deeds, reports
from torhaus_sdk.answers import Access
from torhaus_sdk.clocks import TOLERANCE, system_clock
from torhaus_sdk.core import Core, settings_of
from torhaus_sdk.errors import LicenceError
from torhaus_sdk.fingerprint import Fingerprint
from torhaus_sdk.heartbeat import HeartbeatThread, Rhythm, Told
from torhaus_sdk.local_deeds import Source
from torhaus_sdk.questions import Product, Steps
from torhaus_sdk.seats import Seats
from torhaus_sdk.showing import status_of
from torhaus_sdk.status import (
    Activated,
    CheckResult,
    Deactivated,
    Installed,
    Permission,
    Removed,
    Saved,
    Status,
    UsageResult,
)
from torhaus_sdk.transport import Transport, Way, checked_proxy, checked_server
from torhaus_sdk.trust import Keys, pinned_keys
from torhaus_sdk.version import AGENT

__all__ = ["Client", "ClientBase"]

T = TypeVar("T")
AnyKeys = Keys | Mapping[str, object] | str | bytes


class ClientBase:
    """What the sync and the async client have in common: how they are set up, and what asks nobody.

    Nothing is read, written or sent before a method is called.

    Args:
        server: the portal's address, https (http only for this machine itself).
        product: the key of this product.
        keys: the vendor's public keys shipped with the product: its key set (text, or read as JSON), or the
            result of ``keys_from_jwks``. Newer keys are learned only if a trusted one vouches for them.
        state_file: where token, answers and waiting readings are kept (mode 0600; it holds the token). Its
            folder is made if need be. None keeps them in memory only.
        version: of this build; policies may ask for it, and for the next.
        released_on: when this build was published.
        environment: what it is used for: production, staging, test, development.
        edition: only where the vendor's policy asks for it, as the next.
        checksum: SHA-256 of the build.
        process: which process holds a lease, where several of one installation count each for itself.
        fingerprint: named parts of the machine, or a function giving them; None takes the system's (see
            ``torhaus_sdk.fingerprint``). They are hashed before they are sent.
        proxy: address of an HTTP proxy; without it the environment counts (HTTPS_PROXY, NO_PROXY …).
        tls: a context that trusts further certificates.
        timeout: seconds one exchange with the server may take in all.
        language: ``de`` or ``en``, for all sentences.
        on_error: "continue" lets ``require`` give its verdict instead of raising (a product that only advises).
        clock: gives the time, aware.
        clock_tolerance: by how much the clock may go back unnoticed.

    Raises:
        ValueError: an argument has a value that cannot be.
    """

    def __init__(
        self,
        server: str,
        product: str,
        *,
        keys: AnyKeys,
        state_file: str | os.PathLike[str] | None,
        version: str = "",
        released_on: date | None = None,
        environment: str = "",
        edition: str = "",
        checksum: str = "",
        process: str = "",
        fingerprint: Fingerprint | None = None,
        proxy: str | None = None,
        tls: ssl.SSLContext | None = None,
        timeout: float = 5.0,
        language: str = "en",
        on_error: Literal["raise", "continue"] = "raise",
        clock: Callable[[], datetime] = system_clock,
        clock_tolerance: timedelta = TOLERANCE,
    ) -> None:
        said = Product(product, version, released_on, environment, checksum, edition, process)
        way = Way(checked_server(server), timeout, checked_proxy(proxy), tls, {"User-Agent": AGENT})
        self._core = Core(
            settings_of(said, way, language=language, on_error=on_error),
            keys=pinned_keys(keys),
            state_file=None if state_file is None else Path(state_file),
            fingerprint=fingerprint,
            clock=clock,
            tolerance=clock_tolerance,
        )

    def __repr__(self) -> str:
        settings = self._core.settings
        return f"{type(self).__name__}({settings.way.server!r}, {settings.product.key!r})"

    def status(self) -> Status:
        """Give everything known without contact: last check, licences, limits, days left, what to do next.

        Never raises and never waits for the network.
        """
        return status_of(self._core)

    def permission(self, feature: str = "") -> Permission:
        """Give what the product may do now, with ``feature`` (key of an item) if one is named. Never raises.

        A permission is true if it is for everything: ``if client.permission("add-on-a"): …``.
        """
        return self._core.permission(feature)

    def require(self, feature: str = "", *, access: Access | Literal["full", "read_only"] = Access.FULL) -> Permission:
        """Give the permission for ``feature``, or for the product as such, if it is enough; else raise why not.

        Args:
            feature: key of an item; empty asks for the product.
            access: what the product is about to do: ``full``, or ``read_only`` for what stays allowed when the
                vendor degrades instead of blocking.

        Raises:
            NotLicensed: with ``code``, the remaining ``access`` and a ``message`` for the user. Its kinds:
                TokenMissing, NotChecked, FeatureMissing, TooManyInstallations, ClockSetBack.
        """
        return self._core.require(feature, Access(access))

    @property
    def machine_id(self) -> str:
        """What an offline licence for this machine only is bound to."""
        return self._core.machine.id()

    @property
    def machine_code(self) -> str:
        """What to paste into the portal where it asks for which machine an offline licence is: hashes, one a line."""
        return self._core.machine.code()


class Client(ClientBase):
    """The licence of a product. Usable from several threads, and by several processes with the same state file.

    Every method ends within a few times ``timeout``. Only ``LicenceError`` is raised, besides ``ValueError`` for
    arguments that cannot be. As a context manager it stops its heartbeat and closes its connections.
    """

    _beats: HeartbeatThread | None = None
    _way: Transport | None = None

    # Without contact.

    def save_token(self, text: str) -> Saved:
        """Save the licence token of the portal; nobody is contacted (B43) and it licenses nothing yet (B6).

        Another token is replaced, and what it brought is forgotten (B8).

        Raises:
            TokenInvalid: it is mistyped (``token_malformed``); the saved one stays.
        """
        return local_deeds.save_token(self._core, text)

    def remove_token(self) -> Removed:
        """Remove the token and everything retrieved with it (B8). The server is not told: deactivate before."""
        return local_deeds.remove_token(self._core)

    def install_offline(self, source: Source) -> Installed:
        """Install an offline licence: the pasted text, a ``Path``, or an open file (B47).

        Raises:
            TokenMissing: no token is saved; without a connection both are needed (B46).
            FileRefused: it does not match the token (B48), is not genuine, for another product or machine, over,
                or older than the one installed. What was there before still counts (B49).
            ClockSetBack: the clock must be set right first.
        """
        return local_deeds.install_offline(self._core, source)

    def remove(self, ids: Iterable[str]) -> Removed:
        """Remove the licences with these ids of ``status().licences`` (B50); gives those that were there.

        What the server gave comes back with the next ``check``.
        """
        return local_deeds.remove(self._core, ids)

    # With contact.

    def check(self, *, activate: bool = False, name: str = "") -> CheckResult:
        """Save & Check: ask the server how the licence stands, and retrieve the list of licences (B42, B44).

        The first check after an update of the product activates its installation again, if it has one, so that
        portal and vendor see the new version; so does the first heartbeat. Readings that wait are sent with it.

        Args:
            activate: take a place for this installation if the licence needs one, and a lease if it is shared.
            name: what people call this installation.

        Raises:
            TokenMissing, TokenInvalid: there is no token, or the server does not take it.
            ServerUnreachable: with a sentence for each reason (B45). What was licensed before goes on.
            AnswerRefused: the answer cannot be relied on.
            TooManyInstallations, NotLicensed: with ``activate``, if there is no place.
        """
        return self._do(reports.and_send(self._core, contacts.check(self._core, activate=activate, name=name)))

    def activate(self, name: str = "") -> Activated:
        """Take a place for this installation; where it has one, that one is given again.

        Raises:
            TooManyInstallations, NotLicensed: there is no place, or nothing to have a place in.
            LicenceError: as :meth:`check`.
        """
        return self._do(contacts.activate(self._core, name))

    def deactivate(self, *, keep: bool = False) -> Deactivated:
        """Give this installation's place back, or with ``keep`` only its lease; may be repeated."""
        return self._do(reports.deactivate(self._core, keep=keep))

    def heartbeat(self) -> CheckResult:
        """Tell the server that this installation runs; takes or extends its lease, and sends the readings that wait.

        Raises as :meth:`check`.
        """
        return self._do(reports.and_send(self._core, contacts.heartbeat(self._core)))

    def report_usage(
        self,
        meter: str | Mapping[str, int],
        quantity: int = 0,
        *,
        kind: Literal["", "gauge", "counter"] = "",
        reading_id: str = "",
    ) -> UsageResult:
        """Report how much of a meter is used (gauge) or was used since the last time (counter).

        The reading is kept first and sent then, with all that wait. Where the server does not answer, this call waits
        ``timeout`` at most, and later ones only keep their readings and return at once: these go, with their ids and
        times, with the next check or heartbeat that works, or with a report a minute later, then ever more rarely, up
        to an hour. The server counts each id once. No ``LicenceError`` is raised.

        Args:
            meter: key of the meter; or quantities by key, to report several at once.
            quantity: a whole number from 0.
            kind: ``gauge`` or ``counter``; empty is as the vendor set the meter up.
            reading_id: an id of your own, if the same reading may be reported again.
        """
        reports.keep_readings(self._core, meter, quantity, kind, reading_id)
        return self._do(reports.report(self._core))

    def send_usage(self) -> UsageResult:
        """Send the readings that wait, at once, though the server was away. No ``LicenceError`` is raised."""
        return self._do(reports.send_readings(self._core))

    @property
    def seats(self) -> Seats:
        """The seats of the product's users, and the account status."""
        return Seats(self._core, self._do)

    # In the background.

    def start_heartbeat(self, *, interval: float | None = None, told: Told | None = None) -> None:
        """Beat in a daemon thread: at once, then when the next check is due, and send readings that wait.

        Args:
            interval: seconds between beats; None follows the vendor's policy and the lease.
            told: is called in that thread with each result or error.
        """
        with self._core.guard:
            if self._beats is not None and self._beats.running:
                return
            self._beats = HeartbeatThread(self._beat, Rhythm(self._core, interval), told)
            self._beats.start()

    def stop(self) -> None:
        """End the heartbeat. The lease stays until it runs out; ``deactivate(keep=True)`` gives it back at once."""
        with self._core.guard:
            beats, self._beats = self._beats, None
        if beats is not None:
            beats.stop(self._core.settings.way.timeout)

    @property
    def heartbeat_runs(self) -> bool:
        """Whether the heartbeat runs in this process."""
        return self._beats is not None and self._beats.running

    def close(self) -> None:
        """End the heartbeat and close the connections. The client can be used again."""
        self.stop()
        with self._core.guard:
            way, self._way = self._way, None
        if way is not None:
            way.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def _beat(self) -> CheckResult:
        return self.heartbeat()

    def _do(self, steps: Steps[T]) -> T:
        """Drive a deed: send what it asks for, and give it the reply or the error."""
        with self._core.guard:
            if self._way is None:
                self._way = Transport(self._core.settings.way)
            way = self._way
        try:
            request = next(steps)
            while True:
                try:
                    reply = way.exchange(request)
                except LicenceError as error:
                    request = steps.throw(error)
                else:
                    request = steps.send(reply)
        except StopIteration as done:
            result: T = done.value
            return result
