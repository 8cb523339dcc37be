"""The COUNTER-style report of a month as CSV and JSON, laid out like COUNTER's own (release 5, item report)."""

from datetime import date

from flask import Response

from cac.clock import now
from cac.serving.database import db_session
from cac.serving.services import current_services
from cac.stats import reports
from cac.stats.counter_report import METRICS, list_item_usage
from cac.stats.definition import DEFINITION_VERSION
from cac.stats.models import SITE_ID, Scope
from cac.stats.periods import Grain, Period, period_of
from cac.stats.robots import RULES_VERSION
from cac.web.data_files import Cell, csv_answer, json_answer

REPORT_NAME = "Item report, COUNTER-style"
NOTE = (
    "In the style of COUNTER release 5; not audited, so not COUNTER-compliant. Months are those of UTC. "
    "Readers who ask not to be tracked are in the totals; they have no sessions, so they are in no unique count. "
    "A page is the content of its item, so that investigations and requests are the same."
)
RUNNING_NOTE = "This month is not over: its numbers still grow."


def csv_report(month: date) -> Response:
    """Return a header, then one row for each practice and metric, as COUNTER lays its tables out."""
    period = period_of(Grain.MONTH, month)
    rows: list[tuple[Cell, ...]] = [
        (usage.reference, metric, period.first.isoformat(), period.last.isoformat(), count)
        for usage in list_item_usage(db_session(), month)
        for metric, count in usage.performance().items()
    ]
    columns = ("Item", "Metric_Type", "Begin_Date", "End_Date", "Count")
    return csv_answer(f"counter-style-{month:%Y-%m}", columns, rows, header=_header(period))


def json_report(month: date) -> Response:
    """Return the report with its header; ``Sum_Of_Daily_Visitors`` says what it is: visitors are known for one day only."""
    session, period = db_session(), period_of(Grain.MONTH, month)
    days = reports.list_days(session, Scope.SITE, SITE_ID, first=period.first, last=period.last)
    usages = list_item_usage(session, month)
    header = {
        **_header(period),
        "Is_Running": _is_running(period),
        "Totals": {name: sum(usage.performance()[name] for usage in usages) for name in METRICS},
        "Sum_Of_Daily_Visitors": sum(each.visitors for each in days),
    }
    items = [{"Item": usage.reference, "Performance": [_performance(period, usage.performance())]} for usage in usages]
    return json_answer({"Report_Header": header, "Report_Items": items})


def _header(period: Period) -> dict[str, Cell]:
    is_running = _is_running(period)
    return {
        "Report_Name": REPORT_NAME,
        "Note": f"{NOTE} {RUNNING_NOTE}" if is_running else NOTE,
        "Institution_Name": current_services().settings.site_name,
        "Created": now().isoformat(timespec="seconds"),
        "Begin_Date": period.first.isoformat(),
        "End_Date": period.last.isoformat(),
        "Is_Running": "yes" if is_running else "no",
        "Definition": DEFINITION_VERSION,
        "Robot_Rules": RULES_VERSION,
    }


def _is_running(period: Period) -> bool:
    return now().date() <= period.last


def _performance(period: Period, counts: dict[str, int]) -> dict[str, object]:
    return {
        "Period": {"Begin_Date": period.first.isoformat(), "End_Date": period.last.isoformat()},
        "Instance": [{"Metric_Type": name, "Count": count} for name, count in counts.items()],
    }
