"""URLs of the API. A version of it never changes what it already says; it only adds."""

from django.urls import path

from torhaus.api.downloads import views as downloads
from torhaus.api.licensing.deactivate import deactivate_installation
from torhaus.api.licensing.offline_licence import issue_offline_licence
from torhaus.api.licensing.usage import report_usage

app_name = "api"
urlpatterns = [
    path("v1/downloads", downloads.downloads, name="downloads"),
    path("v1/deactivate", deactivate_installation, name="deactivate_installation"),
    path("v1/usage", report_usage, name="report_usage"),
    path("v1/offline-licence", issue_offline_licence, name="issue_offline_licence"),
]
