"""What the announced days must hold together: each in its own year, none both off and worked."""

from collections.abc import Iterator, Sequence
from datetime import date

from domain.errors import Problem
from domain.words import Words, say
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
                    say(
                        "the year {year} stands here again, first in {place}",
                        year=year.year,
                        place=seen[year.year],
                    ),
                    say("keep one entry a year"),
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
                (*trail, "worked", index),
                say("{day} is both off and worked", day=day),
                say("keep one of the two"),
            )
    if year.verify:
        yield file.problem(
            (*trail, "verify"),
            _unverified(year),
            say("compare them with the official announcement, then take verify out"),
            warning=True,
        )


def _unverified(year: YearEntry) -> Words:
    if year.known_on is None:
        return say("the days of {year} are not verified", year=year.year)
    return say(
        "the days of {year}, as known on {day}, are not verified", year=year.year, day=year.known_on
    )


def _misplaced(
    file: PlacedCalendar, trail: Trail, days: Sequence[date], year: int
) -> Iterator[Problem]:
    for index, day in enumerate(days):
        if day.year != year:
            yield file.problem(
                (*trail, index),
                say("{day} is not in {year}", day=day, year=year),
                say("move it to the entry of its year"),
            )
