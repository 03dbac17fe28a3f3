"""What of the catalogue staff can choose from in a form."""

from torhaus.catalogue.models import Item, ItemKind, Product


def products_to_choose() -> list[Product]:
    """Give all products, by key."""
    return list(Product.objects.order_by("key"))


def items_to_choose() -> list[Item]:
    """Give all items, as the catalogue orders them."""
    return list(Item.objects.order_by("kind", "position", "key"))


def add_ons_to_choose() -> list[Item]:
    """Give all add-ons, by key."""
    return list(Item.objects.filter(kind=ItemKind.ADD_ON).order_by("key"))
