"""What an edition gives to be found by."""

from cac.practices.content import Content
from cac.search.document import text_of


def test_a_summary_that_the_text_repeats_counts_once() -> None:
    how = "<p>Crews wipe the rails.</p><p>At night they mop the floor.</p><p>Everybody wears gloves.</p>"
    for summary in ("Crews wipe the rails. At night they mop the floor.", "Crews wipe the rails. At…"):
        assert len(text_of(Content(title="Buses", summary=summary, how=how)).passages) == 1


def test_a_summary_in_other_words_is_searched_too() -> None:
    text = text_of(Content(title="Buses", summary="Buses are cleaned.", how="<p>Crews wipe the rails.</p>"))
    assert text.passages == ("Buses are cleaned.", "Crews wipe the rails.")
    assert text_of(Content(title="Buses", summary="Buses are cleaned.")).passages == ("Buses are cleaned.",)
