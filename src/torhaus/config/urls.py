"""Root URLs: each door has its own."""

from django.urls import include, path

from torhaus.backoffice.admin_site import site

urlpatterns = [
    path("staff/admin/", site.urls),
    path("staff/", include("torhaus.backoffice.urls")),
    path("api/", include("torhaus.api.urls")),
    path("", include("torhaus.web.urls")),
]
handler400 = "torhaus.frame.errors.bad_request"
handler403 = "torhaus.frame.errors.forbidden"
handler404 = "torhaus.frame.errors.not_found"
handler500 = "torhaus.frame.errors.server_error"
