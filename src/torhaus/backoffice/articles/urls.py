"""URLs of help articles on the staff's side."""

from django.urls import path

from torhaus.backoffice.articles import views

urlpatterns = [
    path("articles/", views.articles, name="articles"),
    path("articles/new/", views.create_article, name="create_article"),
    path("articles/<slug:slug>/edit/", views.edit_article, name="edit_article"),
]
