"""What the site writes to people about their accounts, in the language of the reader."""

from datetime import datetime

from sqlalchemy.orm import Session

from cac import mail
from cac.accounts.models import Invitation

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


def post_invitation(session: Session, invitation: Invitation, *, link: str, site_name: str, at: datetime) -> None:
    """Put the mail of an invitation into the outbox of the caller's transaction."""
    locale = invitation.locale if invitation.locale in INVITATION_BODIES else "en"
    subject = INVITATION_SUBJECTS[locale].format(site=site_name)
    mail.post(session, invitation.email, subject, INVITATION_BODIES[locale].format(site=site_name, link=link), at=at)
