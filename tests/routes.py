"""Every route of the portal with its declaration, read off the URL configuration itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.urls import URLPattern, URLResolver, get_resolver

from torhaus.frame.access import Access


@dataclass(frozen=True)
class Route:
    """One route: its full name, the names of its parameters, and who may enter."""

    name: str
    parameters: tuple[str, ...]
    access: Access | None
    view: object = field(compare=False)


def all_routes(urlconf: str | None = None) -> list[Route]:
    """Give every route below ``urlconf`` (default: the portal's own)."""
    return list(_walk(get_resolver(urlconf), (), ()))


def _walk(resolver: URLResolver, spaces: tuple[str, ...], outer: tuple[str, ...]) -> Iterator[Route]:
    spaces = spaces + ((resolver.namespace,) if resolver.namespace else ())
    outer = outer + tuple(resolver.pattern.converters)
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _walk(entry, spaces, outer)
        else:
            yield _route(entry, spaces, outer)


def _route(entry: URLPattern, spaces: tuple[str, ...], outer: tuple[str, ...]) -> Route:
    access = getattr(entry.callback, "access", None)
    if access is None and "admin" in spaces:
        access = Access("staff", "use_admin")
    parameters = outer + tuple(entry.pattern.converters) + tuple(getattr(entry.pattern, "regex", None).groupindex)
    name = ":".join((*spaces, entry.name or str(entry.pattern)))
    return Route(name, tuple(dict.fromkeys(parameters)), access, entry.callback)
