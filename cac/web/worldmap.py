"""Where a city lies on the drawn maps: the Equal Earth world map and the small location tile beside its name.

Equal Earth: Savric, Patterson and Jenny 2018, doi:10.1080/13658816.2018.1504949. The dots of the land
(templates/components/world_dots.txt) were drawn with the same formula, width and edges.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796
ROOT = math.sqrt(3) / 2
WIDTH = 960
NORTH, SOUTH = 78.0, -56.0
LABELS, LABEL_DISTANCE, LABEL_HALF_WIDTH, LABEL_TOP = 6, 95.0, 36.0, 30.0


@dataclass(frozen=True)
class Place:
    """What a map is told of a city: its name, where it lies, how many practices it has, and where its page is."""

    name: str
    longitude: float
    latitude: float
    count: int
    address: str


@dataclass(frozen=True)
class Marker:
    """A place on the drawn map, in the units of its view box; the largest ones carry their names."""

    place: Place
    x: float
    y: float
    radius: float
    has_label: bool


def position(longitude: float, latitude: float) -> tuple[float, float]:
    """Return the point of the world map, in units of its view box, for degrees east and north."""
    x, y = _equal_earth(longitude, latitude)
    return round((x + EDGE) * SCALE, 1), round((TOP - y) * SCALE, 1)


def draw_markers(places: Iterable[Place]) -> list[Marker]:
    """Return the markers of places, small ones last; names go to the largest that do not crowd each other."""
    drawn = sorted(places, key=lambda place: (-place.count, place.name))
    points = [position(place.longitude, place.latitude) for place in drawn]
    labelled: list[tuple[float, float]] = []
    markers = []
    for place, point in zip(drawn, points, strict=True):
        has_label = len(labelled) < LABELS and _has_room(point, points, labelled)
        if has_label:
            labelled.append(point)
        markers.append(Marker(place, *point, round(3.6 + min(place.count, 400) ** 0.5 * 0.62, 1), has_label))
    return markers


def _has_room(
    point: tuple[float, float], points: list[tuple[float, float]], labelled: list[tuple[float, float]]
) -> bool:
    """Whether a name above ``point`` would stand clear of other names and cover no other city."""
    x, y = point
    covers = any(abs(x - other_x) < LABEL_HALF_WIDTH and 4 < y - other_y < LABEL_TOP for other_x, other_y in points)
    return not covers and all(math.dist(point, other) > LABEL_DISTANCE for other in labelled)


def tile_dot(longitude: float, latitude: float) -> tuple[float, float]:
    """Return the point of the location tile (56 by 32 units) for degrees east and north."""
    inside = min(max(latitude, SOUTH), 75.0)
    return round(4 + (longitude + 180) / 360 * 48, 1), round(4 + (75 - inside) / 135 * 24, 1)


def _equal_earth(longitude: float, latitude: float) -> tuple[float, float]:
    theta = math.asin(ROOT * math.sin(math.radians(latitude)))
    square = theta * theta
    sixth = square**3
    x = math.radians(longitude) * math.cos(theta) / (ROOT * (A1 + 3 * A2 * square + sixth * (7 * A3 + 9 * A4 * square)))
    return x, theta * (A1 + A2 * square + sixth * (A3 + A4 * square))


EDGE = _equal_earth(180, 0)[0]
TOP = _equal_earth(0, NORTH)[1]
SCALE = WIDTH / (2 * EDGE)
