"""What the operator sees of the machinery: the outbox."""

from flask import Blueprint, render_template

from cac import mail
from cac.accounts.models import Role
from cac.serving.access import for_roles
from cac.serving.database import db_session

blueprint = Blueprint("operating", __name__)
MESSAGES_SHOWN = 100


@blueprint.get("/operate/outbox")
@for_roles(Role.OPERATOR)
def outbox() -> str:
    """Show the messages to people that were written last; in a demonstration they are shown here and sent to nobody."""
    return render_template("operating/outbox.html", messages=mail.list_newest(db_session(), MESSAGES_SHOWN))
