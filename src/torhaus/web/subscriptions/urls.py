"""URL of the subscription page."""

from django.urls import path

from torhaus.web.subscriptions import views

urlpatterns = [path("subscription/", views.subscription, name="subscription")]
