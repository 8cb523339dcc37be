"""The words of forms: the name of each field of a practice, and the sentence for each problem that the domain may find."""

from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString, gettext, lazy_gettext

FIELD_NAMES: dict[str, LazyString] = {
    "title": lazy_gettext("Title"),
    "summary": lazy_gettext("Summary"),
    "office": lazy_gettext("Office that did it"),
    "language": lazy_gettext("Language you write in"),
    "kind": lazy_gettext("Kind of practice"),
    "topics": lazy_gettext("Topics"),
    "places": lazy_gettext("Places"),
    "stage": lazy_gettext("How far it has come"),
    "started_on": lazy_gettext("When it started"),
    "ending": lazy_gettext("Is it still in use?"),
    "ended_on": lazy_gettext("When it ended"),
    "as_of": lazy_gettext("True on which day"),
    "why": lazy_gettext("Why you did it"),
    "how": lazy_gettext("How to do it"),
    "sources": lazy_gettext("Sources"),
    "own_records": lazy_gettext("From our own records"),
    "licence": lazy_gettext("Licence of the text"),
}

MISSING: dict[str, LazyString] = {
    "title": lazy_gettext("Write a title that says what was done."),
    "summary": lazy_gettext("Write a summary of one to three sentences."),
    "office": lazy_gettext("Write which office or department did it."),
    "kind": lazy_gettext("Choose what kind of practice it is."),
    "topics": lazy_gettext("Choose at least one topic."),
    "places": lazy_gettext("Choose the places where it was done."),
    "stage": lazy_gettext("Choose how far it has come."),
    "started_on": lazy_gettext("Write when it started; the year alone is enough."),
    "ending": lazy_gettext("Say whether it is still in use, has ended, or that you do not know."),
    "ended_on": lazy_gettext("Write when it ended; the year alone is enough."),
    "as_of": lazy_gettext("Write the day on which all of this was true."),
    "why": lazy_gettext("Write why your city did it."),
    "how": lazy_gettext("Write how it is done, step by step."),
    "sources": lazy_gettext("Give at least one source, or tick “from our own records”."),
    "language": lazy_gettext("Choose the language you write in."),
}

PARTICULAR: dict[tuple[str, str], LazyString] = {
    ("title", "nothing_written"): lazy_gettext(
        "Nothing is written yet. Give it a title first; you can save it then and go on later."
    ),
    ("title", "too_many_words"): lazy_gettext("Shorten the title to 20 words at most."),
    ("title", "too_long"): lazy_gettext("Shorten the title to 200 characters at most."),
    ("summary", "too_long"): lazy_gettext("Shorten the summary to 600 characters at most."),
    ("office", "too_long"): lazy_gettext("Shorten the name of the office to 200 characters at most."),
    ("why", "too_long"): lazy_gettext("Shorten this text to 50,000 characters at most."),
    ("how", "too_long"): lazy_gettext("Shorten this text to 50,000 characters at most."),
    ("topics", "too_many"): lazy_gettext("Choose three topics at most: those that a reader would look under first."),
    ("places", "too_many"): lazy_gettext("Choose five places at most."),
    ("sources", "too_many"): lazy_gettext("Give 20 sources at most."),
    ("ended_on", "before_start"): lazy_gettext("It cannot have ended before it started. Check both dates."),
    ("ended_on", "not_ended"): lazy_gettext("You wrote when it ended. Choose “It has ended”, or empty this field."),
    ("language", "unknown"): lazy_gettext("Choose the language you write in from the list."),
    ("note", "missing"): lazy_gettext("Write to the author what should change, and why."),
    ("note", "too_long"): lazy_gettext("Shorten your note to 5,000 characters at most."),
    ("reason", "missing"): lazy_gettext("Write why it is withdrawn: readers will see this sentence."),
    ("reason", "too_long"): lazy_gettext("Shorten the reason to 5,000 characters at most."),
    ("name", "missing"): lazy_gettext("Write your name as colleagues should see it."),
    ("name", "too_long"): lazy_gettext("Shorten your name to 120 characters at most."),
    ("password", "too_short"): lazy_gettext("Use at least 12 characters. A few words in a row are easy to remember."),
    ("password", "too_long"): lazy_gettext("Use at most 256 characters."),
    ("password", "common"): lazy_gettext(
        "This password is easy to guess. Choose other words, not your name or address."
    ),
    ("new", "too_short"): lazy_gettext("Use at least 12 characters. A few words in a row are easy to remember."),
    ("new", "too_long"): lazy_gettext("Use at most 256 characters."),
    ("new", "common"): lazy_gettext("This password is easy to guess. Choose other words, not your name or address."),
    ("current", "wrong"): lazy_gettext("This is not your present password."),
    ("email", "taken"): lazy_gettext("There is an account with this e-mail address already. Sign in instead."),
    ("text", "missing"): lazy_gettext("Write a word or a phrase."),
    ("text", "too_long"): lazy_gettext("Shorten it to 80 characters at most."),
    ("text", "no_word"): lazy_gettext("Write at least one whole word: a single letter would match far too much."),
    ("text", "taken"): lazy_gettext("This is in the group already."),
    ("text", "too_many"): lazy_gettext("A group has 12 terms in one language at most. Take one out first."),
    ("other_text", "missing"): lazy_gettext("Write a word or a phrase that means the same."),
    ("other_text", "too_long"): lazy_gettext("Shorten it to 80 characters at most."),
    ("other_text", "no_word"): lazy_gettext("Write at least one whole word: a single letter would match far too much."),
    ("terms", "too_few"): lazy_gettext("Both are the same. Write another word that means the same."),
    ("url", "missing"): lazy_gettext("Write the address (link) of this source, or empty its row."),
}

GENERAL: dict[str, LazyString] = {
    "missing": lazy_gettext("Fill this in."),
    "too_long": lazy_gettext("Shorten this."),
    "too_many": lazy_gettext("Choose fewer."),
    "unknown": lazy_gettext("Choose from the list."),
    "not_a_date": lazy_gettext("Write the date with the year first: 2020, 2020-03 or 2020-03-24."),
    "not_a_day": lazy_gettext("Write a whole date with the year first, such as 2020-03-24."),
    "in_the_future": lazy_gettext("This day has not come yet. Write a day up to today."),
    "not_a_link": lazy_gettext("Write a whole web address that begins with https:// or http://"),
}


def problem_words(problems: Mapping[str, str]) -> dict[str, str]:
    """Return a sentence that says what to do for each field with a problem (``{"title": "missing"}``)."""
    return {field: _words(field, problem) for field, problem in problems.items()}


def _words(field: str, problem: str) -> str:
    name = field.rsplit(".", maxsplit=1)[-1]
    particular = PARTICULAR.get((name, problem)) or (MISSING.get(name) if problem == "missing" else None)
    return str(particular or GENERAL.get(problem) or gettext("This cannot be taken. Check what you entered."))


def show_problems(form: Any, problems: Mapping[str, str]) -> None:
    """Put the sentence for each problem at its field of ``form``; what has no field goes to the form as a whole."""
    for path, sentence in problem_words(problems).items():
        field = form.field_of_problem(path)
        if field is None:
            form.form_errors = [*form.form_errors, sentence]
        elif sentence not in field.errors:
            field.errors = [*field.errors, sentence]
        # WTForms counts a list of rows as wrong only if the list itself has errors.
        listed = path.partition(".")[0]
        if "." in path and listed in form:
            form[listed].errors = [*form[listed].errors, sentence]
