"""Settings come from four places, in order, and refuse what they do not know."""

from pathlib import Path

import pytest

from cac.settings import SettingsError, load_settings


def test_the_environment_wins_over_the_file_and_the_file_over_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('site_name = "From the file"\ntimezone = "Asia/Seoul"\n')
    settings = load_settings(tmp_path, environment={"CAC_SITE_NAME": "From outside"})
    assert (settings.site_name, settings.timezone) == ("From outside", "Asia/Seoul")
    assert settings.locales == ("en", "ko", "ar")


def test_an_empty_database_url_is_sqlite_in_the_instance_folder(tmp_path: Path) -> None:
    assert load_settings(tmp_path, environment={}).database_url == f"sqlite:///{tmp_path}/cac.sqlite3"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sitename = 1", "no setting called 'sitename'"),
        ("forwarded_hops = 'x'", "whole number"),
        ("a = ", "not valid TOML"),
    ],
)
def test_a_wrong_settings_file_is_refused_with_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "settings.toml").write_text(text)
    with pytest.raises(SettingsError, match=words):
        load_settings(tmp_path, environment={})
