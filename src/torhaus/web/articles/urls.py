"""URLs of the help articles."""

from django.urls import path

from torhaus.web.articles import views

urlpatterns = [
    path("help/articles/", views.articles, name="articles"),
    path("help/articles/<slug:slug>/", views.article, name="article"),
    path("help/articles/<slug:slug>/rate/", views.rate_article, name="rate_article"),
]
