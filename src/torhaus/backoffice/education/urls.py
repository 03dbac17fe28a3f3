"""URLs of education terms."""

from django.urls import path

from torhaus.backoffice.education import ending, views

urlpatterns = [
    path("education/", views.education_requests, name="education_requests"),
    path("education/<str:ref>/", views.education_request, name="education_request"),
    path("education/<str:ref>/grant/", views.grant_education, name="grant_education"),
    path("education/<str:ref>/refuse/", views.refuse_education, name="refuse_education"),
    path("education/<str:ref>/end/", ending.end_education, name="end_education"),
    path("education/<str:ref>/proof/", views.education_proof, name="education_proof"),
]
