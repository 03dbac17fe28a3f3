"""URLs of the invoices."""

from django.urls import path

from torhaus.web.invoices import views

urlpatterns = [
    path("invoices/", views.invoices, name="invoices"),
    path("invoices/export.csv", views.invoices_csv, name="invoices_csv"),
    path("invoices/<str:ref>/", views.invoice, name="invoice"),
    path("invoices/<str:ref>/pdf/", views.invoice_pdf, name="invoice_pdf"),
]
