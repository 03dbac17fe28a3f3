"""``torhaus serve``: the portal under a production server, with the worker beside it on SQLite."""

import errno
import socket
from collections.abc import Callable
from typing import Annotated, Any

import typer
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from torhaus.console.embedded_worker import EmbeddedWorker, end_with_parent
from torhaus.console.words import fail

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
    worker = EmbeddedWorker() if settings.OPTIONS.embedded_worker and connection.vendor == "sqlite" else None
    connection.close()
    server: Any = Granian(
        "torhaus.config.wsgi.application",
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
        if worker:
            worker.start()
        server.serve(target_loader=load_portal)
    finally:
        if worker:
            worker.stop()


def load_portal(target: str) -> Callable[..., Any]:
    """Load the application in a server process, which then ends with the process that started it."""
    end_with_parent()
    application: Callable[..., Any] = import_string(target)
    return application


def threads_per_worker() -> int:
    """Give the threads of a server process: SQLite gains nothing from a second one."""
    return settings.OPTIONS.threads or (1 if connection.vendor == "sqlite" else 3)


def require_migrated() -> None:
    """End with a sentence where the database does not answer or is not of this version."""
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        fail(f"the database does not answer: {error}".strip())
    if pending:
        fail(f"the database lacks {len(pending)} migrations; run `torhaus init`")


def require_free(bind: str, port: int) -> None:
    """End with a sentence where the port is taken or the address is not of this machine."""
    # The server would share a taken port with another process and answer every other request.
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind.strip("[]"), port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                fail(f"port {port} on {bind} is in use; stop what listens there, or set TORHAUS_PORT to another")
            fail(f"cannot listen on {bind}, port {port}: {error.strerror}")
