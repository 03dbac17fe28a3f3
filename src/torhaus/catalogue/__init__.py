"""What the vendor sells: products, plans, add-ons, support packages, prices."""
