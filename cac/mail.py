"""Outgoing mail: an outbox table written in the transaction of its cause, and sent later by the worker over SMTP."""

import ipaddress
import smtplib
import ssl
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import urlsplit

from sqlalchemy import String, Text, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from cac.db import Base, SessionFactory, UTCDateTime, transaction
from cac.settings import Settings

BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440))
SENT_AT_ONCE = 50
SECONDS_TO_ANSWER = 20
SMTPS_PORT = 465


class OutboxMessage(Base):
    """One plain-text message to one person; ``sent_at`` is None until an SMTP server has taken it."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_error: Mapped[str | None] = mapped_column(String(300))


def post(session: Session, recipient: str, subject: str, body: str, *, at: datetime) -> OutboxMessage:
    """Put a message into the outbox of the caller's transaction and return it; nothing is sent here."""
    message = OutboxMessage(recipient=recipient, subject=subject[:200], body=body, created_at=at)
    session.add(message)
    return message


def list_newest(session: Session, limit: int) -> list[OutboxMessage]:
    """Return the messages written last, sent or not, the newest first."""
    return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(limit)))


def send_waiting(session_factory: SessionFactory, settings: Settings, *, at: datetime) -> int:
    """Send the messages that are due and return how many a server took.

    Nothing is sent without a mail server or in a demonstration. A message that fails is tried again after 1, 5, 15 minutes
    and so on up to a day, eight times in all. It is claimed before it is sent: two workers never send it twice at once.
    """
    if not settings.mail_server or settings.demonstration:
        return 0
    with session_factory() as session:
        due = [message for message in _list_unsent(session) if is_due(message, at)][:SENT_AT_ONCE]
        claimed = [message for message in due if _claim(session, message, at)]
        return _send_all(session, claimed, settings, at) if claimed else 0


def is_due(message: OutboxMessage, at: datetime) -> bool:
    """Whether an unsent message is to be tried at ``at``."""
    if message.tried_at is None or message.attempts == 0:
        return True
    return message.attempts <= len(BACK_OFF) and message.tried_at + BACK_OFF[message.attempts - 1] <= at


def _list_unsent(session: Session) -> list[OutboxMessage]:
    not_given_up = or_(OutboxMessage.attempts <= len(BACK_OFF), OutboxMessage.tried_at.is_(None))
    statement = select(OutboxMessage).where(OutboxMessage.sent_at.is_(None), not_given_up)
    return list(session.scalars(statement.order_by(OutboxMessage.id)))


def _claim(session: Session, message: OutboxMessage, at: datetime) -> bool:
    """Count an attempt, unless another worker has just done so."""
    with transaction(session):
        as_seen = (OutboxMessage.id == message.id, OutboxMessage.attempts == message.attempts)
        counted = update(OutboxMessage).where(*as_seen, OutboxMessage.sent_at.is_(None))
        counted = counted.values(attempts=OutboxMessage.attempts + 1, tried_at=at)
        return bool(session.scalars(counted.returning(OutboxMessage.id)).all())


def _send_all(session: Session, messages: list[OutboxMessage], settings: Settings, at: datetime) -> int:
    try:
        server = _connect(settings)
    except (OSError, smtplib.SMTPException) as error:
        with transaction(session):
            for message in messages:
                message.last_error = describe(error)
        return 0
    try:
        return sum(_send(session, server, message, settings, at) for message in messages)
    finally:
        server.close()


def _send(session: Session, server: smtplib.SMTP, message: OutboxMessage, settings: Settings, at: datetime) -> bool:
    problem = None
    try:
        server.send_message(_compose(message, settings))
    except (OSError, ValueError, smtplib.SMTPException) as error:
        problem = describe(error)
    with transaction(session):
        message.last_error = problem
        message.sent_at = at if problem is None else None
    return problem is None


def _connect(settings: Settings) -> smtplib.SMTP:
    """Return a connection that is encrypted, unless the server is this machine; credentials go nowhere in the clear."""
    context = ssl.create_default_context()
    host, port = settings.mail_server, settings.mail_port
    if port == SMTPS_PORT:
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS_TO_ANSWER, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=SECONDS_TO_ANSWER)
    try:
        if port != SMTPS_PORT and not is_this_machine(host):
            server.starttls(context=context)
        if settings.mail_user:
            server.login(settings.mail_user, settings.mail_password)
    except BaseException:
        server.close()
        raise
    return server


def is_this_machine(host: str) -> bool:
    """Whether a host name means this machine itself, so that nothing crosses a network."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def describe(error: Exception) -> str:
    """Return what may be kept of a failure: its kind and the server's code, never its words (they may repeat secrets)."""
    code = getattr(error, "smtp_code", None) or getattr(error, "errno", None)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next((code for code, _words in error.recipients.values()), None)
    return f"{type(error).__name__} {code}" if code is not None else type(error).__name__


def _compose(message: OutboxMessage, settings: Settings) -> EmailMessage:
    sender = settings.mail_sender or f"no-reply@{urlsplit(settings.public_url).hostname or 'localhost'}"
    composed = EmailMessage()
    composed["From"] = sender
    composed["To"] = message.recipient
    composed["Subject"] = " ".join(message.subject.split())
    composed["Date"] = format_datetime(message.created_at)
    composed["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip("<> ") or None)
    composed["Auto-Submitted"] = "auto-generated"
    composed.set_content(message.body)
    return composed
