"""Where cities lie on the drawn maps."""

import pytest

from cac.web.worldmap import Place, draw_markers, position, tile_dot


def test_the_map_is_centred_on_the_meridian_of_greenwich() -> None:
    assert position(0, 0)[0] == 480
    assert position(180, 0)[0] == 960
    assert position(-180, 0)[0] == 0


def test_north_is_up_and_east_is_right() -> None:
    seoul, bogota = position(126.98, 37.57), position(-74.07, 4.71)
    assert seoul[0] > bogota[0]
    assert seoul[1] < bogota[1]


@pytest.mark.parametrize(("longitude", "latitude"), [(-180, -90), (180, 90), (0, 0), (12, 85)])
def test_the_dot_never_leaves_the_tile(longitude: float, latitude: float) -> None:
    x, y = tile_dot(longitude, latitude)
    assert 4 <= x <= 52
    assert 4 <= y <= 28


def test_names_on_the_map_do_not_crowd_each_other() -> None:
    places = [
        Place("Seoul", 126.98, 37.57, 9, "/"),
        Place("Busan", 129.07, 35.18, 3, "/"),
        Place("Lima", -77, -12, 1, "/"),
    ]
    labelled = [marker.place.name for marker in draw_markers(places) if marker.has_label]
    assert labelled == ["Seoul", "Lima"]
