"""``torhaus serve``: the portal under a production server; beside it what sends files and, on SQLite, the worker."""

import errno
import functools
import socket
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import typer
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from torhaus.console import embedded_worker, files_process
from torhaus.console.beside import Beside, end_with_parent
from torhaus.console.preload import APPLICATION, preload
from torhaus.console.words import fail
from torhaus.frame.metrics import forget_metrics
from torhaus.frame.sending import expect_file_process, own_process_sends

# With the embedded worker's own grace a stop takes less than 30 s, which process managers allow.
GRACE_SECONDS = 20


def serve(
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on; else the setting.")] = None,
) -> None:
    """Serve the portal until it is told to stop (SIGTERM or Ctrl-C); running requests end first.

    Where it listens, how many processes it runs and what it believes of a proxy are settings.
    """
    require_migrated()
    run_server(settings.OPTIONS.bind, port or settings.OPTIONS.port)


def run_server(bind: str, port: int) -> None:
    """Serve on ``bind`` and ``port`` until stopped; ends with a sentence if the port is taken."""
    require_free(bind, port)
    files_port = port_for_files(port) if own_process_sends() else 0
    if files_port:
        require_free(bind, files_port, setting="TORHAUS_FILES_PORT")
    beside = list(_beside(files_port))
    preload()
    forget_metrics()
    server: Any = Granian(
        APPLICATION,
        address=bind,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=settings.OPTIONS.workers,
        blocking_threads=threads_per_worker(),
        # A thread that ends closes its database connection; keep them for ten minutes.
        blocking_threads_idle_timeout=600,
        workers_kill_timeout=GRACE_SECONDS,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
    )
    try:
        for one in beside:
            one.start()
        server.serve(target_loader=functools.partial(load_portal, files_port=files_port))
    finally:
        for one in beside:
            one.stop()


def _beside(files_port: int) -> Iterator[Beside]:
    """Give what runs beside the portal."""
    if settings.OPTIONS.embedded_worker and connection.vendor == "sqlite":
        yield Beside("the background worker", embedded_worker.WORDS, grace=embedded_worker.GRACE_SECONDS)
    if files_port:
        words = (*files_process.WORDS, "--port", str(files_port))
        yield Beside("the process for files", words, grace=files_process.GRACE_SECONDS)


def port_for_files(port: int) -> int:
    """Give the port of the process for files beside a portal on ``port``."""
    return settings.OPTIONS.files_port or (port + 1 if port < 65535 else port - 1)


def load_portal(target: str, *, files_port: int) -> Callable[..., Any]:
    """Load the application in a server process, which then ends with the process that started it."""
    end_with_parent()
    if files_port:
        expect_file_process(files_port)
    application: Callable[..., Any] = import_string(target)
    return application


def threads_per_worker() -> int:
    """Give the threads of a server process: SQLite gains nothing from a second one.

    On PostgreSQL what several ask at once is asked in one statement (licensing/adapters/gathering.py): more than eight
    gain little, and each has a connection of its own.
    """
    return settings.OPTIONS.threads or (1 if connection.vendor == "sqlite" else 8)


def require_migrated() -> None:
    """End with a sentence where the database does not answer or is not of this version."""
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        fail(f"the database does not answer: {error}".strip())
    if pending:
        fail(f"the database lacks {len(pending)} migrations; run `torhaus init`")


def require_free(bind: str, port: int, *, setting: str = "TORHAUS_PORT") -> None:
    """End with a sentence where the port is taken or the address is not of this machine."""
    # The server would share a taken port with another process and answer every other request.
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind.strip("[]"), port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                fail(f"port {port} on {bind} is in use; stop what listens there, or set {setting} to another")
            fail(f"cannot listen on {bind}, port {port}: {error.strerror}")
