"""Random tokens for cookies and links: people carry the token, the database keeps only its hash."""

import hashlib
import secrets

TOKEN_BYTES = 32


def new_token() -> str:
    """Return 32 random bytes in a form that fits into an address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> str:
    """Return what the database keeps of ``token``: SHA-256 in hexadecimal, enough for something random this long."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
