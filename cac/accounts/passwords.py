"""Passwords: how they are hashed, checked and judged; leaves who may sign in, and how often, to the service."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MINIMUM_LENGTH = 12
ADVISED_LENGTH = 15
MAXIMUM_LENGTH = 256
# Normalising shortens what keyboards write in pieces at most fourfold; it takes long for what is longer than any password.
LONGEST_TYPED = 4 * MAXIMUM_LENGTH
LEAST_REMAINDER = 6
LEAST_DISTINCT = 5

# argon2id with 19 MiB, two passes and one lane: the OWASP Password Storage Cheat Sheet's first choice (ASVS 11.4.2).
HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)

# The hash of random bytes that nobody kept: what a password is compared with when there is no such account.
NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$FRCpjz9TIFs1xX1TZMVEIw$goKcXKClhgkgq5Z5OKplvc58ApEtgheVa1tLVQ8sEH4"

COMMON_PIECES = (
    "password", "passwort", "passwd", "passphrase", "motdepasse", "contrasena", "senha", "parola", "wachtwoord",
    "letmein", "welcome", "willkommen", "iloveyou", "sunshine", "princess", "football", "baseball", "dragon", "monkey",
    "master", "shadow", "superman", "batman", "trustno", "whatever", "changeme", "default", "secret", "administrator",
    "admin", "root", "login", "guest", "user", "test", "demo", "hello", "access", "covid", "corona", "virus",
    "disinfection", "cities", "against", "pandemic",
)  # fmt: skip

KEYBOARD_ROWS = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm",
    "azertyuiop", "qsdfghjklm", "wxcvbn", "1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb",
)  # fmt: skip

LOOK_ALIKES = str.maketrans({"@": "a", "4": "a", "3": "e", "0": "o", "5": "s", "$": "s", "7": "t", "!": "i", "1": "i"})


def hash_password(password: str) -> str:
    """Return the argon2id hash of ``password``, with its parameters and salt."""
    return HASHER.hash(_normalised(password))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether ``password`` belongs to ``password_hash``; takes the same time when there is no hash to compare with.

    One that is too long to be anybody's belongs to none.
    """
    normalised = _normalised(password[:LONGEST_TYPED])
    is_possible = len(password) <= LONGEST_TYPED and len(normalised) <= MAXIMUM_LENGTH
    try:
        matches = HASHER.verify(password_hash or NOBODYS_HASH, normalised[:MAXIMUM_LENGTH])
    except (VerificationError, InvalidHashError):
        return False
    return matches and is_possible and password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(password_hash)


def problems_of(password: str, email: str, name: str = "") -> str | None:
    """Return why ``password`` is refused for this person (``too_short``, ``too_long``, ``common``), or None.

    Common means: too few different characters, or less than six characters beside common words, rows of the
    keyboard and the person's own e-mail address and name (ASVS 6.2.4, 6.2.11; the pieces are our own).
    """
    if len(password) > LONGEST_TYPED:
        return "too_long"
    normalised = _normalised(password)
    if len(normalised) < MINIMUM_LENGTH:
        return "too_short"
    if len(normalised) > MAXIMUM_LENGTH:
        return "too_long"
    plain = normalised.casefold()
    if len(set(plain)) < LEAST_DISTINCT:
        return "common"
    pieces = [*COMMON_PIECES, *_own_pieces(email, name)]
    is_common = any(_remainder(form, pieces) < LEAST_REMAINDER for form in (plain, plain.translate(LOOK_ALIKES)))
    return "common" if is_common else None


def _remainder(text: str, pieces: list[str]) -> int:
    """Return how many characters stay when known pieces, rows of the keyboard and repeats are taken out."""
    for piece in sorted(pieces, key=len, reverse=True):
        text = text.replace(piece, " ")
    text = _without_rows(text)
    kept = [char for before, char in zip(" " + text, text, strict=False) if char.isalnum() and char != before]
    return len(kept)


def _without_rows(text: str) -> str:
    for row in KEYBOARD_ROWS:
        for line in (row, row[::-1]):
            for length in range(len(line), 3, -1):
                for start in range(len(line) - length + 1):
                    text = text.replace(line[start : start + length], " ")
    return text


def _own_pieces(email: str, name: str) -> list[str]:
    words = [email, *email.replace("@", ".").replace("-", ".").replace("_", ".").split("."), *name.split()]
    local, _, domain = email.partition("@")
    return [word.casefold() for word in (*words, local, domain) if len(word) >= 3]


def _normalised(password: str) -> str:
    """Return one form for what keyboards compose differently (NIST SP 800-63B 3.1.1.2: NFKC before hashing)."""
    return unicodedata.normalize("NFKC", password)
