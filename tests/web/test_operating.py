"""The operator's pages: the outbox."""

from dataclasses import replace

import pytest

from cac import mail
from cac.accounts.models import Role
from cac.db import transaction
from cac.settings import Settings
from tests.factories import AT, make_person
from tests.web.desk import ATTACKS

OUTBOX = "/en/operate/outbox"


def sign_in_operator(client, sign_in, session):
    with transaction(session):
        operator = make_person(session, role=Role.OPERATOR)
    sign_in(client, operator)


def test_the_outbox_shows_what_waits_and_what_was_sent(client, sign_in, session):
    sign_in_operator(client, sign_in, session)
    assert "No messages yet" in client.get(OUTBOX).get_data(as_text=True)
    with transaction(session):
        mail.post(session, "rana@seoul.example", "First", "Body one", at=AT)
        mail.post(session, "omar@amman.example", "Second", "Body two", at=AT).sent_at = AT
    page = client.get(OUTBOX).get_data(as_text=True)
    assert page.index("Second") < page.index("First")
    assert "Body one" in page
    assert "Sent 9 April 2020" in page
    assert "no mail server is set up yet" in page


class TestInADemonstration:
    """Nothing leaves a demonstration: its messages are shown instead."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, demonstration=True)

    def test_the_outbox_says_that_nothing_is_sent(self, client, sign_in, session):
        sign_in_operator(client, sign_in, session)
        assert "sent to nobody" in client.get(OUTBOX).get_data(as_text=True)


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.LEAD, Role.REVIEWER])
def test_others_do_not_read_peoples_mail(client, sign_in, session, role):
    with transaction(session):
        person = make_person(session, role=role)
    sign_in(client, person)
    assert client.get(OUTBOX).status_code == 403


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_message_does_not_attack_the_operator(client, sign_in, session, attack):
    sign_in_operator(client, sign_in, session)
    with transaction(session):
        mail.post(session, "rana@seoul.example", attack, attack, at=AT)
    page = client.get(OUTBOX).get_data(as_text=True)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
