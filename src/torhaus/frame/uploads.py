"""No page takes files unless it says so: a form that brings one is refused before a byte of it is kept (R31)."""

import functools
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, cast

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.views.decorators.csrf import csrf_protect

V = TypeVar("V", bound=Callable[..., Any])


class NoUploads(FileUploadHandler):
    """Refuses every file. Django's own handlers would write them to the disk, however large, before a view is asked."""

    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:  # noqa: ARG002 - Django's signature
        """Refuse; Django answers 400."""
        raise RequestDataTooBig("this portal takes no files")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> NoReturn:  # noqa: ARG002 - Django's signature
        """Refuse."""
        raise RequestDataTooBig("this portal takes no files")

    def file_complete(self, file_size: int) -> None:  # noqa: ARG002 - Django's signature
        """Give no file."""
        return


def takes_files(handler: Callable[[HttpRequest], FileUploadHandler]) -> Callable[[V], V]:
    """Let a view take files, each given to ``handler``: its declaration of who may enter stands above this one.

    The form's token stands in the body, so whoever looks for it reads the files, too. Here that
    happens after the middleware has settled who may enter, and not, as elsewhere, before.
    """

    def mark(view: V) -> V:
        guarded = csrf_protect(view)

        @functools.wraps(view)
        def run(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            request.upload_handlers = [handler(request)]
            return guarded(request, *args, **kwargs)

        run.__dict__["csrf_exempt"] = True  # from the middleware: the guard inside asks for the token
        run.__dict__["asks_for_form_token"] = True
        return cast(V, run)

    return mark
