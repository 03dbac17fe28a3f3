"""URLs of the downloads."""

from django.urls import path

from torhaus.web.downloads import doors, views

urlpatterns = [
    path("downloads/", views.downloads, name="downloads"),
    path("downloads/versions/", views.versions, name="versions"),
    path("downloads/versions/<str:ref>/", views.version, name="version"),
    path("downloads/add-ons/", views.add_on_downloads, name="add_on_downloads"),
    path("downloads/add-ons/<str:key>/", views.add_on_download, name="add_on_download"),
    path("downloads/files/<str:ref>/<str:link>/", doors.download_file, name="download_file"),
    path("downloads/signatures/<str:ref>/", doors.signature, name="signature"),
    path("downloads/checksums/<str:ref>/", doors.checksums, name="checksums"),
]
