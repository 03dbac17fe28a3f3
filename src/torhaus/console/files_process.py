"""The process for files beside ``torhaus serve``: it sends downloads, so that the portal has its threads for pages."""

from typing import Annotated, Any

import typer
from django.conf import settings
from django.utils.module_loading import import_string
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from torhaus.console.beside import end_with_parent
from torhaus.console.preload import APPLICATION, preload
from torhaus.frame.file_sender import FileSender

WORDS = ("send-files",)
# A download that is cut off goes on by Range later; nobody has to wait for slow readers.
GRACE_SECONDS = 5
# They only authorise. The server reads files with threads of its own.
AUTHORISING_THREADS = 2
READING_THREADS = 8


def send_files(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")],
) -> None:
    """Send files until told to stop, or until the server that started this process is gone."""
    end_with_parent()
    preload()
    server: Any = Granian(
        APPLICATION,
        address=settings.OPTIONS.bind,
        port=port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=1,
        runtime_blocking_threads=READING_THREADS,
        workers_kill_timeout=GRACE_SECONDS,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=load_sender)


def load_sender(target: str) -> FileSender:
    """Load the portal's application into the process that sends files, which then ends with its parent."""
    end_with_parent()
    return FileSender(import_string(target), threads=AUTHORISING_THREADS)
