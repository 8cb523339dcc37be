"""What is missing on a machine skips tests, and fails them where the whole check is asked for."""

import os

import pytest

from tests import postgresql
from tests.needs import missing, small_disk


def test_what_is_missing_skips_a_test_and_in_ci_fails_it(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no ferry here: wait"):
        missing("ferry", "wait")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no ferry here: wait"):
        missing("ferry", "wait")


def test_in_ci_a_small_disk_that_root_cannot_mount_is_a_failure(tmp_path, monkeypatch):
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(pytest.fail.Exception, match="root must be allowed"), small_disk(tmp_path / "nowhere", "64k"):
        pass


def test_in_ci_a_machine_without_postgresql_is_a_failure(monkeypatch):
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(postgresql, "DEBIANS", postgresql.DEBIANS / "nowhere")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(pytest.fail.Exception, match="apt-get install postgresql"), postgresql.serve_postgresql():
        pass
