"""What very many lines say at once is what each of them says by itself."""

import pytest

from cac.stats import columns, lines
from cac.stats.columns import in_order, parse_lines
from cac.stats.lines import Line, Note, parse_line

PERSON = "1v\t1586422800000\tp7\t3\tzh-Hant\tp\t0123456789abcdef\texample.org\tKR\t."
ROBOT = "1v\t1586422800001\tp7\t3\tko\tr\t\t\t\t."
SEARCHED = "1d\t1586422800002\tp12\t40\ten\tp\tfedcba9876543210\t\t\tko/손%20소독\t."
WITHOUT_KEY = "1v\t1586422800003\tp7\t3\tar\tn\t\tt.co\t\t."
BREAK = "1s\t1586422800004\t\t\t\t\t\t\t\t."
LOST = "1x\t1586422800005\t4\t\t\t\t\t\t\t."
WHOLE = [line.encode() for line in (PERSON, ROBOT, SEARCHED, WITHOUT_KEY, BREAK, LOST)]
BYTES = b"\t\r .-+_0129fFgpr\x00\xff"


@pytest.fixture(autouse=True, params=["met for the first time", "met before"])
def met(request, monkeypatch):
    monkeypatch.setattr(lines, "_subjects", {})
    if request.param == "met before":
        parse_lines(b"".join(line + b"\n" for line in WHOLE))


def read_at_once(written):
    """The same form as parse_line's, from the columns."""
    entries = parse_lines(b"".join(line + b"\n" for line in written))
    columns = (entries.times_ms, entries.visitors, entries.has_key, entries.is_request)
    rows = zip(entries.said, *(column.tolist() for column in columns), strict=True)
    return [_entry(*row) for row in rows]


def _entry(said, time_ms, visitor, has_key, is_request):
    if is_request:
        return Line(time_ms, _words(said), visitor if has_key else None)
    assert (visitor, has_key, time_ms) == (0, False, said.time_ms if said else 0)
    return said


def read_one_by_one(written):
    entries = map(parse_line, written)
    return [entry._replace(subject=_words(entry.subject)) if isinstance(entry, Line) else entry for entry in entries]


def _words(subject):
    return tuple(getattr(subject, name) for name in subject.__slots__)


def test_whole_lines_are_read_alike():
    assert read_at_once(WHOLE) == read_one_by_one(WHOLE)
    assert [type(entry) for entry in read_at_once(WHOLE)] == [Line, Line, Line, Line, Note, Note]
    assert read_at_once(WHOLE)[0].visitor == 0x0123456789ABCDEF
    assert read_at_once(WHOLE)[2].visitor == 0xFEDCBA9876543210 - 2**64


@pytest.mark.parametrize("line", WHOLE)
def test_lines_cut_at_any_byte_are_read_alike(line):
    cut = [line[:length] for length in range(len(line))] + [line[length:] for length in range(len(line))]
    torn = [piece for part in cut for piece in (part, line)]
    assert read_at_once(torn) == read_one_by_one(torn)
    for piece in cut:
        assert read_at_once([piece]) == read_one_by_one([piece])


def test_a_key_without_a_person_and_a_person_without_a_key_cannot_be_read():
    written = [ROBOT.replace("\tr\t\t", "\tr\t0123456789abcdef\t"), PERSON.replace("0123456789abcdef", "")]
    assert read_at_once([line.encode() for line in written]) == [None, None]


def test_a_line_of_nothing_but_tabs_cannot_be_read():
    assert read_at_once([b"\t" * 9]) == [None]


@pytest.mark.parametrize("line", WHOLE)
def test_lines_with_a_wrong_byte_anywhere_are_read_alike(line):
    wrong = [line[:place] + bytes([byte]) + line[place + 1 :] for place in range(len(line)) for byte in BYTES]
    assert read_at_once(wrong) == read_one_by_one(wrong)


@pytest.mark.parametrize("line", WHOLE)
def test_lines_with_a_byte_too_many_are_read_alike(line):
    longer = [line[:place] + bytes([byte]) + line[place:] for place in range(len(line)) for byte in BYTES]
    assert read_at_once(longer) == read_one_by_one(longer)


def test_fields_in_each_others_place_are_read_alike():
    fields = [line.split(b"\t") for line in WHOLE]
    mixed = [
        b"\t".join([*one[:place], *other[place:]])
        for one in fields
        for other in fields
        for place in range(max(len(one), len(other)))
    ]
    swapped = [
        b"\t".join([*one[:place], one[place + 1], one[place], *one[place + 2 :]])
        for one in fields
        for place in range(len(one) - 1)
    ]
    assert read_at_once(mixed + swapped) == read_one_by_one(mixed + swapped)


def test_a_time_must_be_between_2001_and_2099():
    edges = [lines.EARLIEST_MS, lines.EARLIEST_MS + 1, lines.LATEST_MS - 1, lines.LATEST_MS]
    written = [PERSON.replace("1586422800000", str(edge)).encode() for edge in edges]
    assert [entry is not None for entry in read_at_once(written)] == [False, True, True, False]
    assert read_at_once(written) == read_one_by_one(written)


@pytest.mark.parametrize("size", [1, 70, 1000])
def test_lines_are_whole_wherever_a_part_ends(monkeypatch, size):
    monkeypatch.setattr(columns, "PART_BYTES", size)
    assert read_at_once(WHOLE * 7) == read_one_by_one(WHOLE * 7)


def test_lines_that_say_the_same_share_what_they_say():
    first, second, third = parse_lines(b"".join(line + b"\n" for line in (WHOLE[0], WHOLE[1], WHOLE[0]))).said
    assert first is third
    assert first is not second
    assert parse_line(WHOLE[0]).subject is first


def test_nothing_is_no_lines():
    assert len(parse_lines(b"")) == 0
    assert read_at_once([b""]) == [None]


def test_requests_come_in_the_order_of_time_and_of_one_moment_in_that_of_their_parts():
    late, early = (PERSON.replace("1586422800000", moment).encode() for moment in ("1586422800009", "1586422799999"))
    parts = [parse_lines(b"\n".join([*part, b""])) for part in ([late, *WHOLE, b"torn"], [early, WHOLE[1]])]
    requests = in_order(parts)
    assert (requests.times_ms - 1586422800000).tolist() == [-1, 0, 1, 1, 2, 3, 9]
    assert requests.has_key.tolist() == [True, True, False, False, True, False, True]
    assert [subject.language for subject in requests.subjects] == [
        "zh-Hant",
        "zh-Hant",
        "ko",
        "ko",
        "en",
        "ar",
        "zh-Hant",
    ]


def test_requests_of_one_moment_keep_their_order_however_many_they_are():
    written = [
        ROBOT.replace("\tp7\t", f"\tp{number}\t").replace("001\t", f"00{number % 2}\t") for number in range(1, 301)
    ]
    requests = in_order([parse_lines("".join(line + "\n" for line in written).encode())])
    practices = [subject.practice_id for subject in requests.subjects]
    assert practices == [*range(2, 301, 2), *range(1, 301, 2)]
