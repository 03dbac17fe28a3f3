"""The portal's addresses and one for tests of sending, which does what a door of files does, but for rights."""

from django.urls import path
from django.views.decorators.http import require_safe

from torhaus.config import urls
from torhaus.config.urls import handler400, handler403, handler404, handler500  # noqa: F401 - Django looks for them here
from torhaus.core.storage import file_store
from torhaus.frame.access import public_file
from torhaus.frame.errors import not_found
from torhaus.frame.sending import send_stored_file, sends_files


@sends_files
@public_file
@require_safe
def stored(request, key, name):
    try:
        size = file_store().size(key)
        return send_stored_file(request, key=key, size=size, name=name, content_type="application/zip")
    except FileNotFoundError:
        return not_found(request)


urlpatterns = [path("stored/<str:key>/<str:name>", stored), *urls.urlpatterns]
