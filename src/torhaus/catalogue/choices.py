"""What of the catalogue staff can choose from in a form."""

from torhaus.catalogue.models import Item, ItemKind, Product


def products_to_choose() -> list[Product]:
    """Give all products, by key."""
    return list(Product.objects.order_by("key"))


def items_to_choose() -> list[Item]:
    """Give all items, as the catalogue orders them."""
    return list(Item.objects.order_by("kind", "position", "key"))


def plans_of_catalogue() -> list[Item]:
    """Give all plans with their products, as the catalogue orders them."""
    plans = Item.objects.filter(kind=ItemKind.PLAN).select_related("product")
    return list(plans.order_by("product__key", "position", "key"))


def plan_of_key(key: str) -> Item | None:
    """Find a plan by its key."""
    return Item.objects.filter(kind=ItemKind.PLAN, key=key).select_related("product").first()


def add_ons_to_choose() -> list[Item]:
    """Give all add-ons, by key."""
    return list(Item.objects.filter(kind=ItemKind.ADD_ON).order_by("key"))
