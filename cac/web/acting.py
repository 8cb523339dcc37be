"""Who acts in a request that only signed-in people reach, as the type checker wants to know it."""

from cac.accounts.models import Person
from cac.cities.models import City
from cac.errors import NotAllowedError
from cac.serving.login import current_person


def acting_person() -> Person:
    """Return the signed-in person; raises NotAllowedError when nobody is (the access check has sent them away before)."""
    person = current_person()
    if person is None:
        raise NotAllowedError("nobody is signed in")
    return person


def acting_city() -> City:
    """Return the city that the signed-in official writes for; raises NotAllowedError for people without one."""
    city = acting_person().city
    if city is None:
        raise NotAllowedError("only officials of a city write practices")
    return city
