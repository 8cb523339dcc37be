"""What the site writes to people about their accounts, in the language of the reader."""

import re
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cac import mail
from cac.accounts.models import Invitation
from cac.mail import OutboxMessage

INVITATION_SUBJECTS = {
    "en": "You are invited to {site}",
    "ko": "{site} 초대",
}
INVITATION_BODIES = {
    "en": "You are invited to write on {site}.\n\nOpen this address within seven days and choose a password:\n{link}\n\n"
    "If you did not expect this message, ignore it.\n",
    "ko": "{site}에 초대되셨습니다.\n\n7일 안에 아래 주소를 열고 비밀번호를 정해 주세요.\n{link}\n\n"
    "예상하지 못한 메일이라면 무시하셔도 됩니다.\n",
}
LINK = re.compile(r"/invitations/[\w-]{40,}", re.ASCII)
ERASED = (
    "This message held the link of an invitation, which was erased here after the message was sent or the link had expired. "
    "Ask the host's desk for a new invitation if you need one.\n"
)
INVITATION_VALID = timedelta(days=7)


def post_invitation(session: Session, invitation: Invitation, *, link: str, site_name: str, at: datetime) -> None:
    """Put the mail of an invitation into the outbox of the caller's transaction."""
    locale = invitation.locale if invitation.locale in INVITATION_BODIES else "en"
    subject = INVITATION_SUBJECTS[locale].format(site=site_name)
    mail.post(session, invitation.email, subject, INVITATION_BODIES[locale].format(site=site_name, link=link), at=at)


def erase_links(session: Session, *, at: datetime) -> int:
    """Erase the invitations in the outbox that were sent or have expired: their links are as good as passwords.

    Returns how many; a message that waits, or that a demonstration shows instead of sending it, keeps its link till it expires.
    """
    is_over = or_(OutboxMessage.sent_at.is_not(None), OutboxMessage.created_at <= at - INVITATION_VALID)
    statement = select(OutboxMessage).where(is_over, OutboxMessage.body.contains("/invitations/"))
    found = [message for message in session.scalars(statement) if LINK.search(message.body)]
    for message in found:
        message.body = ERASED
    return len(found)
