"""What Torhaus refuses to start with, each refusal naming its setting and the way out."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from torhaus.config.options import Options

SECRET_KEY_LENGTH = 50
SECRET_KEY_VARIETY = 10


def refusals(options: Options, secret_key: str) -> list[str]:
    """Give every reason not to serve with these settings; an empty list means none.

    SQLite is allowed in production: one machine, one disk, backed up as a file.
    """
    found = []
    if not options.production and not is_loopback(options.bind):
        found.append(
            f"TORHAUS_BIND is {options.bind}: without TORHAUS_PRODUCTION Torhaus speaks plain HTTP "
            "and listens on this machine only. Bind 127.0.0.1, or set TORHAUS_PRODUCTION=true and what it asks for."
        )
    if options.production:
        found += [*_key(secret_key), *_addresses(options), *_mail(options)]
    return found


def is_loopback(bind: str) -> bool:
    """Whether only this machine reaches the address."""
    if bind == "localhost":
        return True
    try:
        return ip_address(bind.strip("[]")).is_loopback
    except ValueError:
        return False


def weak_key(secret_key: str) -> bool:
    """Whether a secret key is too short or too monotonous to be random."""
    return len(secret_key) < SECRET_KEY_LENGTH or len(set(secret_key)) < SECRET_KEY_VARIETY


def _key(secret_key: str) -> list[str]:
    if not secret_key:
        return ["TORHAUS_SECRET_KEY is not set and the data folder holds none: run `torhaus init`, which makes one."]
    if weak_key(secret_key):
        return [
            f"TORHAUS_SECRET_KEY is weak: use {SECRET_KEY_LENGTH} random characters or more, or unset it for `torhaus init`."
        ]
    return []


def _addresses(options: Options) -> list[str]:
    found = []
    if not options.https:
        found.append("TORHAUS_HTTPS is off: production is served over HTTPS only. Put a proxy in front and set it.")
    if not options.hosts:
        found.append("TORHAUS_HOSTS is empty: name the host names customers use.")
    if any("*" in host for host in options.hosts):
        found.append("TORHAUS_HOSTS holds '*': a forged Host header would be believed. Name the host names.")
    public = urlsplit(options.public_url)
    if public.scheme != "https":
        found.append(f"TORHAUS_PUBLIC_URL is {options.public_url}: links in mails must be https://.")
    elif not any(_covers(host, public.hostname or "") for host in options.hosts):
        found.append(f"TORHAUS_PUBLIC_URL leads to {public.hostname}, which TORHAUS_HOSTS does not name.")
    if options.https and not options.trusted_proxies:
        found.append(
            "TORHAUS_TRUSTED_PROXIES is empty: all clients would share the proxy's address. "
            "Name its network, e.g. 127.0.0.1/32 for a proxy on this machine."
        )
    if any(network.split("/")[-1] == "0" for network in options.trusted_proxies):
        found.append("TORHAUS_TRUSTED_PROXIES trusts everybody: any client could choose its address. Name the proxy.")
    return found


def _covers(host: str, name: str) -> bool:
    return name == host or (host.startswith(".") and (name == host[1:] or name.endswith(host)))


def _mail(options: Options) -> list[str]:
    found = []
    if options.mail_mode == "files":
        found.append(
            "TORHAUS_MAIL_MODE is files: customers would get no mail. Set smtp and the TORHAUS_SMTP_ settings."
        )
    if options.mail_from.endswith("@localhost"):
        found.append(f"TORHAUS_MAIL_FROM is {options.mail_from}: set an address customers can answer to.")
    if options.log_level == "DEBUG":
        found.append("TORHAUS_LOG_LEVEL is DEBUG: debug logs may hold personal data. Set INFO or less.")
    return found
