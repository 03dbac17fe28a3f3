"""URLs of the API. A version of it never changes what it already says; it only adds."""

from django.urls import path

from torhaus.api.downloads import views as downloads

app_name = "api"
urlpatterns = [
    path("v1/downloads", downloads.downloads, name="downloads"),
]
