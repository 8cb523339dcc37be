"""Which day of the site and which hour (UTC) a moment belongs to, fast enough for every line of the spool."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

HOUR_MS = 3_600_000
QUARTER_MS = 900_000
KEPT = 4_096


class Quarter(NamedTuple):
    """A quarter of an hour: it lies in one day wherever the clocks are apart from UTC by whole quarters."""

    day: date
    hour: datetime
    hour_bit: int
    starts_ms: int

    @property
    def ends_ms(self) -> int:
        """The first millisecond that is not in it."""
        return self.starts_ms + QUARTER_MS


class Calendar:
    """The days of an IANA time zone; moments are milliseconds since 1970 in UTC."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._quarters: dict[int, Quarter] = {}

    def quarter_of(self, moment_ms: int) -> Quarter:
        """Return day, hour and the hour's bit within its day."""
        number = moment_ms // QUARTER_MS
        quarter = self._quarters.get(number)
        if quarter is None:
            if len(self._quarters) >= KEPT:
                self._quarters.clear()
            quarter = self._quarters[number] = self._make(number * QUARTER_MS)
        return quarter

    def day_of(self, moment_ms: int) -> date:
        """Return the day of a moment."""
        return self.quarter_of(moment_ms).day

    def start_of(self, day: date) -> datetime:
        """Return the moment at which a day begins, in UTC."""
        return datetime(day.year, day.month, day.day, tzinfo=self._zone).astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        """Return the moment at which a day is over, in UTC."""
        return self.start_of(day + timedelta(days=1))

    def _make(self, moment_ms: int) -> Quarter:
        moment = datetime.fromtimestamp(moment_ms / 1000, UTC)
        day = moment.astimezone(self._zone).date()
        hour = moment.replace(minute=0, second=0, microsecond=0)
        first_hour = self.start_of(day).replace(minute=0, second=0, microsecond=0)
        return Quarter(day, hour, 1 << int((hour - first_hour) / timedelta(hours=1)), moment_ms)
