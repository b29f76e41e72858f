"""What the announced days must hold together: each in its own year, none both off and worked."""

from collections.abc import Iterator, Sequence
from datetime import date

from domain.errors import Problem
from dondoc.settings.models import CalendarFile, YearEntry
from dondoc.settings.placed import Placed
from dondoc.settings.source import Trail
from schedulers.calendar import WorkingCalendar

PlacedCalendar = Placed[CalendarFile]


def check_calendar(files: Sequence[PlacedCalendar]) -> Iterator[Problem]:
    """Find contradictions between the announced days."""
    seen: dict[int, str] = {}
    for file in files:
        for index, year in enumerate(file.entry.years):
            trail: Trail = ("years", index)
            if year.year in seen:
                yield file.problem(
                    (*trail, "year"),
                    f"the year {year.year} stands here again, first in {seen[year.year]}",
                    "keep one entry a year",
                )
            seen.setdefault(year.year, file.where((*trail, "year")))
            yield from _year(file, trail, year)


def to_calendar(files: Sequence[PlacedCalendar]) -> WorkingCalendar:
    """Make the working calendar."""
    years = [year for file in files for year in file.entry.years]
    return WorkingCalendar.of(
        [day for year in years for day in year.off],
        [day for year in years for day in year.worked],
    )


def _year(file: PlacedCalendar, trail: Trail, year: YearEntry) -> Iterator[Problem]:
    yield from _misplaced(file, (*trail, "off"), year.off, year.year)
    yield from _misplaced(file, (*trail, "worked"), year.worked, year.year)
    for index, day in enumerate(year.worked):
        if day in year.off:
            yield file.problem(
                (*trail, "worked", index), f"{day} is both off and worked", "keep one of the two"
            )
    if year.verify:
        yield file.problem(
            (*trail, "verify"),
            f"the days of {year.year}{_known(year)} are not verified",
            "compare them with the official announcement, then take verify out",
            warning=True,
        )


def _known(year: YearEntry) -> str:
    return f", as known on {year.known_on}," if year.known_on else ""


def _misplaced(
    file: PlacedCalendar, trail: Trail, days: Sequence[date], year: int
) -> Iterator[Problem]:
    for index, day in enumerate(days):
        if day.year != year:
            yield file.problem(
                (*trail, index), f"{day} is not in {year}", "move it to the entry of its year"
            )
