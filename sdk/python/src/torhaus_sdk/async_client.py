"""The same client for asyncio: files are read and written in threads, so the event loop is never blocked."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Literal, Self, TypeVar

from torhaus_sdk import contacts, local_deeds, reports
from torhaus_sdk.client import ClientBase
from torhaus_sdk.errors import LicenceError
from torhaus_sdk.heartbeat import Rhythm, Told, tell, unexpected
from torhaus_sdk.local_deeds import Source
from torhaus_sdk.questions import Steps
from torhaus_sdk.seats import AsyncSeats
from torhaus_sdk.status import Activated, CheckResult, Deactivated, Installed, Removed, Saved, UsageResult
from torhaus_sdk.transport import AsyncTransport, Reply, Request

__all__ = ["AsyncClient"]

T = TypeVar("T")


class AsyncClient(ClientBase):
    """The licence of a product that runs on asyncio. Methods, arguments and errors are those of ``Client``.

    ``status``, ``permission`` and ``require`` ask nobody and are no coroutines.
    """

    _task: "asyncio.Task[None] | None" = None
    _way: AsyncTransport | None = None

    async def save_token(self, text: str) -> Saved:
        """Save the licence token; nobody is contacted. See ``Client.save_token``."""
        return await asyncio.to_thread(local_deeds.save_token, self._core, text)

    async def remove_token(self) -> Removed:
        """Remove the token and everything retrieved with it. See ``Client.remove_token``."""
        return await asyncio.to_thread(local_deeds.remove_token, self._core)

    async def install_offline(self, source: Source) -> Installed:
        """Install an offline licence from text, path or file. See ``Client.install_offline``."""
        return await asyncio.to_thread(local_deeds.install_offline, self._core, source)

    async def remove(self, ids: Iterable[str]) -> Removed:
        """Remove licences by id. See ``Client.remove``."""
        return await asyncio.to_thread(local_deeds.remove, self._core, ids)

    async def check(self, *, activate: bool = False, name: str = "") -> CheckResult:
        """Save & Check. See ``Client.check``."""
        return await self._do(reports.and_send(self._core, contacts.check(self._core, activate=activate, name=name)))

    async def activate(self, name: str = "") -> Activated:
        """Take a place for this installation. See ``Client.activate``."""
        return await self._do(contacts.activate(self._core, name))

    async def deactivate(self, *, keep: bool = False) -> Deactivated:
        """Give the place or the lease back. See ``Client.deactivate``."""
        return await self._do(reports.deactivate(self._core, keep=keep))

    async def heartbeat(self) -> CheckResult:
        """Tell the server that this installation runs. See ``Client.heartbeat``."""
        return await self._do(reports.and_send(self._core, contacts.heartbeat(self._core)))

    async def report_usage(
        self,
        meter: str | Mapping[str, int],
        quantity: int = 0,
        *,
        kind: Literal["", "gauge", "counter"] = "",
        reading_id: str = "",
    ) -> UsageResult:
        """Report how much of a meter is used. See ``Client.report_usage``."""
        await asyncio.to_thread(reports.keep_readings, self._core, meter, quantity, kind, reading_id)
        return await self._do(reports.report(self._core))

    async def send_usage(self) -> UsageResult:
        """Send the readings that wait. See ``Client.send_usage``."""
        return await self._do(reports.send_readings(self._core))

    @property
    def seats(self) -> AsyncSeats:
        """The seats of the product's users. See ``Client.seats``."""
        return AsyncSeats(self._core, self._do)

    def start_heartbeat(self, *, interval: float | None = None, told: Told | None = None) -> None:
        """Beat in a task of the running loop. See ``Client.start_heartbeat``."""
        if not self.heartbeat_runs:
            rhythm = Rhythm(self._core, interval)
            self._task = asyncio.get_running_loop().create_task(self._beat(rhythm, told), name="torhaus-heartbeat")

    async def stop(self) -> None:
        """End the heartbeat."""
        task, self._task = self._task, None
        if task is not None and not task.done() and task.get_loop() is asyncio.get_running_loop():
            task.cancel()
            await asyncio.wait([task])

    @property
    def heartbeat_runs(self) -> bool:
        """Whether the heartbeat's task is alive."""
        return self._task is not None and not self._task.done()

    async def close(self) -> None:
        """End the heartbeat and close the connections. The client can be used again."""
        await self.stop()
        way, self._way = self._way, None
        if way is not None:
            await way.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _beat(self, rhythm: Rhythm, told: Told | None) -> None:
        while True:
            try:
                outcome: CheckResult | LicenceError = await self.heartbeat()
            except LicenceError as error:
                outcome = error
            except Exception as error:  # noqa: BLE001 - a task of ours must never die of it
                outcome = unexpected(error)
            tell(told, outcome)
            await asyncio.sleep(await asyncio.to_thread(rhythm.after, outcome))

    async def _do(self, steps: Steps[T]) -> T:
        if self._way is None:
            self._way = AsyncTransport(self._core.settings.way)
        way = self._way
        asked = await asyncio.to_thread(_moved, steps, None)
        while not isinstance(asked, Ended):
            try:
                outcome: Reply | LicenceError = await way.exchange(asked)
            except LicenceError as error:
                outcome = error
            asked = await asyncio.to_thread(_moved, steps, outcome)
        return asked.result


@dataclass(frozen=True)
class Ended(Generic[T]):
    """A deed is over; StopIteration itself cannot leave a thread."""

    result: T


def _moved(steps: Steps[T], outcome: Reply | LicenceError | None) -> Request | Ended[T]:
    """Move a deed on by one step, outside the event loop, because it may write the state file."""
    try:
        if outcome is None:
            return next(steps)
        return steps.throw(outcome) if isinstance(outcome, LicenceError) else steps.send(outcome)
    except StopIteration as done:
        return Ended(done.value)
