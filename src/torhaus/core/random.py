"""Random values, all from the operating system's generator (ASVS 11.5.1)."""

import secrets

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def base62(length: int) -> str:
    """Give ``length`` random base62 characters (5.95 bits each)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def new_ref() -> str:
    """Give an identifier for URLs: 12 base62 characters, which tell nobody how many rows there are."""
    return base62(12)


def password() -> str:
    """Give a password a person can type: four groups of five, 99 bits, no look-alikes."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))
