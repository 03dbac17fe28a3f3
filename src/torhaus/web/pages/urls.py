"""URLs of preferences, legal pages, brand files and health."""

from django.urls import path

from torhaus.web.pages import views

urlpatterns = [
    path("preferences/language/", views.set_language, name="set_language"),
    path("preferences/theme/", views.set_theme, name="set_theme"),
    path("legal-notice/", views.legal_notice, name="legal_notice"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("brand.css", views.brand_style, name="brand_css"),
    path("logo/<str:digest>", views.logo, name="brand_logo"),
    path("health/live", views.live, name="health_live"),
    path("health/ready", views.ready, name="health_ready"),
    path("health/metrics", views.metrics, name="metrics"),
]
