"""What the links of a page repeat of the address at which it was asked for."""

from flask import request

from cac.search.query import clean

MOST_PARAMETERS = 100


def repeated_query() -> list[tuple[str, str]]:
    """Return the parameters of the present address, at most so many, each cleaned and cut as the words of a search are.

    A page has dozens of links, each as long as what somebody once pasted into the search box otherwise.
    """
    given = list(request.args.items(multi=True))[:MOST_PARAMETERS]
    return [(clean(key), clean(value)) for key, value in given]
