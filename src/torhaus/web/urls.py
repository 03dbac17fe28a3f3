"""URLs of the customer's door: one include for each of its folders."""

from django.urls import include, path

app_name = "web"
urlpatterns = [
    path("", include("torhaus.web.accounts.urls")),
    path("", include("torhaus.web.people.urls")),
    path("", include("torhaus.web.second_factor.urls")),
    path("", include("torhaus.web.my_account.urls")),
    path("", include("torhaus.web.members.urls")),
    path("", include("torhaus.web.account.urls")),
    path("", include("torhaus.web.security.urls")),
    path("", include("torhaus.web.activity.urls")),
    path("", include("torhaus.web.pages.urls")),
    path("", include("torhaus.web.keys.urls")),
    path("", include("torhaus.web.dashboard.urls")),
    path("", include("torhaus.web.subscriptions.urls")),
    path("", include("torhaus.web.usage.urls")),
    path("", include("torhaus.web.seats.urls")),
    path("", include("torhaus.web.installations.urls")),
    path("", include("torhaus.web.invoices.urls")),
    path("", include("torhaus.web.downloads.urls")),
    path("", include("torhaus.web.release_mails.urls")),
    path("", include("torhaus.web.licence.urls")),
    path("", include("torhaus.web.lost_token.urls")),
    path("", include("torhaus.web.help.urls")),
    path("", include("torhaus.web.tickets.urls")),
    path("", include("torhaus.web.articles.urls")),
]
