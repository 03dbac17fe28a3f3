"""Downloads: versions of the product, add-ons, and the doors through which files leave."""
