"""Mail waits in the outbox until a server takes it; failures are tried again, later and later, and say no secrets."""

import smtplib
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cac import mail
from cac.db import SessionFactory, transaction
from cac.mail import OutboxMessage
from cac.settings import Settings


class Conversation(socketserver.StreamRequestHandler):
    """Speaks enough SMTP to take or refuse a message."""

    server: "Server"

    def handle(self) -> None:
        self.answer("220 here")
        while line := self.rfile.readline():
            command = line.decode().strip()
            self.server.commands.append(command)
            if command.upper() == "DATA":
                self.answer("354 go on")
                self.server.messages.append(self.read_message())
            refused = self.server.refusing and command.upper().startswith(self.server.refusing)
            self.answer("550 secret words of the server" if refused else "250 fine")

    def read_message(self) -> str:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.decode())
        return "".join(lines)

    def answer(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class Server(socketserver.ThreadingTCPServer):
    """A mail server on this machine that remembers what it was given."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.commands: list[str] = []
        self.messages: list[str] = []
        self.refusing = ""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def mailing(settings: Settings, server: Server) -> Settings:
    return replace(settings, mail_server="127.0.0.1", mail_port=server.server_address[1])


def post(session: Session, at: datetime, recipient: str = "minji@example.org") -> OutboxMessage:
    with transaction(session):
        return mail.post(session, recipient, "게시되었습니다", "Your practice is published.\n", at=at)


def state(session: Session) -> tuple[int, bool, str | None]:
    session.expire_all()
    message = session.scalars(select(OutboxMessage)).one()
    return message.attempts, message.sent_at is not None, message.last_error


def test_a_waiting_message_is_sent_once(
    session: Session, session_factory: SessionFactory, mailing: Settings, server: Server, at: datetime
) -> None:
    post(session, at)
    assert mail.send_waiting(session_factory, mailing, at=at) == 1
    assert mail.send_waiting(session_factory, mailing, at=at) == 0
    assert len(server.messages) == 1
    assert "To: minji@example.org" in server.messages[0]
    assert "Your practice is published." in server.messages[0]
    assert state(session) == (1, True, None)


@pytest.mark.parametrize("changes", [{"mail_server": ""}, {"demonstration": True}])
def test_nothing_is_sent_without_a_server_or_in_a_demonstration(
    session: Session,
    session_factory: SessionFactory,
    mailing: Settings,
    server: Server,
    *,
    at: datetime,
    changes: dict[str, str],
) -> None:
    post(session, at)
    assert mail.send_waiting(session_factory, replace(mailing, **changes), at=at) == 0
    assert state(session) == (0, False, None)
    assert server.commands == []


def test_a_message_that_fails_is_tried_again_later_and_later_and_given_up_at_last(
    session: Session, session_factory: SessionFactory, mailing: Settings, server: Server, at: datetime
) -> None:
    server.refusing = "RCPT"
    post(session, at)
    mail.send_waiting(session_factory, mailing, at=at)
    for pause in mail.BACK_OFF:
        tried = len(server.commands)
        mail.send_waiting(session_factory, mailing, at=at + pause - timedelta(seconds=1))
        assert len(server.commands) == tried
        at += pause
        mail.send_waiting(session_factory, mailing, at=at)
        assert len(server.commands) > tried
    attempts, is_sent, error = state(session)
    assert (attempts, is_sent, error) == (8, False, "SMTPRecipientsRefused 550")
    server.refusing = ""
    assert mail.send_waiting(session_factory, mailing, at=at + timedelta(days=9)) == 0


def test_a_server_that_does_not_answer_is_noted_without_its_words(
    session: Session, session_factory: SessionFactory, settings: Settings, at: datetime
) -> None:
    post(session, at)
    gone = replace(settings, mail_server="127.0.0.1", mail_port=1, mail_user="cac", mail_password="canary-password")
    assert mail.send_waiting(session_factory, gone, at=at) == 0
    attempts, is_sent, error = state(session)
    assert (attempts, is_sent) == (1, False)
    assert error is not None
    assert error.startswith("ConnectionRefusedError")


def test_one_bad_recipient_does_not_hold_up_the_others(
    session: Session, session_factory: SessionFactory, mailing: Settings, server: Server, at: datetime
) -> None:
    post(session, at, "a@b\r\nBcc: c@example.org")
    post(session, at)
    assert mail.send_waiting(session_factory, mailing, at=at) == 1
    assert len(server.messages) == 1


def test_a_server_elsewhere_that_offers_no_encryption_gets_neither_password_nor_message(
    session: Session,
    session_factory: SessionFactory,
    mailing: Settings,
    server: Server,
    *,
    at: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mail, "is_this_machine", lambda host: False)
    post(session, at)
    secretive = replace(mailing, mail_user="cac", mail_password="canary-password")
    assert mail.send_waiting(session_factory, secretive, at=at) == 0
    assert server.messages == []
    assert not any(command.upper().startswith(("AUTH", "MAIL")) for command in server.commands)
    assert state(session) == (1, False, "SMTPNotSupportedError")


def test_what_is_kept_of_a_failure_has_no_words_of_the_server() -> None:
    assert mail.describe(smtplib.SMTPAuthenticationError(535, b"canary")) == "SMTPAuthenticationError 535"
    assert mail.describe(ValueError("canary")) == "ValueError"
    assert mail.is_this_machine("::1")
    assert not mail.is_this_machine("mail.example.org")
