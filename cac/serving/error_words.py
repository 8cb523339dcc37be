"""What a page says when something did not work: a title and what to do next, for each status of HTTP."""

from flask_babel import LazyString, lazy_gettext

Words = tuple[LazyString, LazyString]

REQUEST_REFUSED: Words = (
    lazy_gettext("That did not work"),
    lazy_gettext(
        "The page was open too long or the request was incomplete. Go back, reload the page and try again: "
        "your browser keeps what you typed."
    ),
)
FAULT: Words = (
    lazy_gettext("Something went wrong here"),
    lazy_gettext(
        "The fault is ours and has been noted. Try again; if it happens again, tell the host's desk the number below."
    ),
)
WORDS: dict[int, Words] = {
    403: (
        lazy_gettext("You may not do this"),
        lazy_gettext(
            "Your account has no right to this. Ask the lead of your city or the host's desk if you think it should."
        ),
    ),
    404: (
        lazy_gettext("This page does not exist"),
        lazy_gettext(
            "The address may be mistyped, or the page was never there. Search for what you need, or start from the home page."
        ),
    ),
    405: (
        lazy_gettext("That did not work"),
        lazy_gettext("This address cannot be used in this way. Start again from the page you came from."),
    ),
    409: (
        lazy_gettext("Something changed in the meantime"),
        lazy_gettext(
            "Somebody else took a step before you, or this was done already. Nothing was lost or overwritten: "
            "open the practice again to see how it stands."
        ),
    ),
    413: (
        lazy_gettext("That was too large"),
        lazy_gettext("What you sent is larger than this site takes. Shorten the text and send it again."),
    ),
    422: (
        lazy_gettext("Something is missing or cannot be taken"),
        lazy_gettext("Go back and check what you entered."),
    ),
    429: (lazy_gettext("Too many attempts"), lazy_gettext("Wait a few minutes and try again.")),
    503: (lazy_gettext("The site is busy"), lazy_gettext("Nothing was lost. Try again in a few seconds.")),
}


def words_for(status: int) -> Words:
    """Return the title and the advice for an HTTP status of 400 or more."""
    return WORDS.get(status, REQUEST_REFUSED if status < 500 else FAULT)
