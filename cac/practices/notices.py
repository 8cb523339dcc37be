"""The mail that a step of a practice causes: who is told, and in which words, in English or Korean.

Written into the outbox within the transaction of its cause; sending is the worker's business.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from cac import mail
from cac.accounts.models import Person
from cac.practices.models import Practice
from cac.practices.permissions import Actor, Program

SUBJECT_LENGTH = 200


@dataclass(frozen=True)
class Notice:
    """The words of one notice in one language; ``reference``, ``title``, ``city``, ``note`` and ``link`` are filled in."""

    subject: str
    body: str


SUBMITTED = {
    "en": Notice(
        "For review: {title} ({reference})",
        "{city} has sent a practice for review.\n\n{reference}: {title}\n\nRead it and decide:\n{link}\n",
    ),
    "ko": Notice(
        "검토 요청: {title} ({reference})",
        "{city}에서 검토를 요청했습니다.\n\n{reference}: {title}\n\n아래에서 읽고 결정해 주십시오.\n{link}\n",
    ),
}
PUBLISHED = {
    "en": Notice(
        "Published: {title} ({reference})",
        "Your practice is published and everybody can read it.\n\n{reference}: {title}\n{note}\nSee it at your desk:\n{link}\n",
    ),
    "ko": Notice(
        "게시되었습니다: {title} ({reference})",
        "작성하신 사례가 게시되어 누구나 읽을 수 있습니다.\n\n{reference}: {title}\n{note}\n"
        "업무 공간에서 보기:\n{link}\n",
    ),
}
CHANGES_REQUESTED = {
    "en": Notice(
        "Changes requested: {title} ({reference})",
        "The reviewer asks you to change something before your practice can be published.\n\n{reference}: {title}\n{note}\n"
        "Edit it and send it again:\n{link}\n",
    ),
    "ko": Notice(
        "수정 요청: {title} ({reference})",
        "게시하기 전에 고칠 점이 있습니다.\n\n{reference}: {title}\n{note}\n고친 뒤 다시 보내 주십시오.\n{link}\n",
    ),
}
WITHDRAWN = {
    "en": Notice(
        "Withdrawn: {title} ({reference})",
        "Your practice was withdrawn. Visitors now read only since when and why.\n\n{reference}: {title}\n{note}\n"
        "See it at your desk:\n{link}\n",
    ),
    "ko": Notice(
        "게시가 철회되었습니다: {title} ({reference})",
        "작성하신 사례의 게시가 철회되었습니다. 방문자에게는 철회 날짜와 이유만 보입니다.\n\n{reference}: {title}\n{note}\n"
        "업무 공간에서 보기:\n{link}\n",
    ),
}


def tell(
    session: Session,
    people: Iterable[Person],
    notice: dict[str, Notice],
    practice: Practice,
    *,
    actor: Actor,
    at: datetime,
    note: str = "",
    desk_url: str = "",
) -> None:
    """Put ``notice`` into the outbox for each of ``people``, in their language (English where there are no words in it).

    Who took the step knows of it, and what the program does is told to nobody.
    ``desk_url`` is the practice's address at the desk as the mail shows it; without it the mail names the path.
    """
    if isinstance(actor, Program):
        return
    working = practice.original.working_revision
    title = working.content.get("title", "") if working is not None else ""
    for person in people:
        if person.id == actor.id:
            continue
        locale = person.locale if person.locale in notice else "en"
        words = {
            "reference": practice.reference,
            "title": title or practice.reference,
            "city": practice.city.name_in(locale),
            "note": f"\n{note}\n" if note else "",
            "link": desk_url or f"/{locale}/desk/practices/{practice.reference}",
        }
        subject = notice[locale].subject.format_map(words)
        mail.post(session, person.email, subject[:SUBJECT_LENGTH], notice[locale].body.format_map(words), at=at)
