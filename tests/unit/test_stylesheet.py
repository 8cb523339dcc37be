"""The stylesheet as pages carry it."""

from pathlib import Path

from cac.web import stylesheet

SITE = Path(stylesheet.__file__).parent / "static" / "site.css"


def test_comments_and_spare_space_are_left_out_and_meaning_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.css"
    path.write_text(
        '/* why */\n.a :is(b, c) > d { color: red; margin: 0 1px }\n.a::after { content: " (" attr(href) ")" }\n'
    )
    tight = '.a :is(b,c) > d{color:red;margin:0 1px}.a::after{content:" (" attr(href) ")"}'
    assert stylesheet.read_stylesheet(path) == tight


def test_pseudo_classes_after_a_space_are_not_taken_for_properties(tmp_path: Path) -> None:
    path = tmp_path / "a.css"
    path.write_text(":lang(ko) :is(h1, h2) { color: red }\n@media (min-width:60em) { .a :focus-visible { top: 0 } }\n")
    assert stylesheet.read_stylesheet(path) == (
        ":lang(ko) :is(h1,h2){color:red}@media (min-width:60em){.a :focus-visible{top:0}}"
    )


def test_the_sites_stylesheet_loses_no_rule() -> None:
    source = SITE.read_text(encoding="utf-8")
    assert stylesheet.read_stylesheet(SITE).count("{") == source.count("{")
