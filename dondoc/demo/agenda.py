"""What the simulated offices have seen and will do, kept in a file: a killed demo goes on.

Lines of JSON are only appended. An action is written down before it is due and crossed out after
it was done, so a kill in between makes an office do the same thing again with the same octets,
as a real mail program does.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that an office will do. ``cause`` names the message or packet that led to it."""

    at: datetime
    office: str
    what: str
    cause: str
    detail: str = ""

    @property
    def key(self) -> str:
        """Return what makes it the same action however often it is planned."""
        return f"{self.office} {self.what} {self.cause} {self.detail}"


class Agenda:
    """All actions of all offices, and the marks of what each place has been read up to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._planned: dict[str, Action] = {}
        self._open: dict[str, Action] = {}
        self.marks: dict[str, int] = {}
        for line in self._lines():
            self._apply(line)
        self._file = path.open("a", encoding="utf-8")

    def plan(self, *actions: Action) -> None:
        """Write actions down; one that was planned before changes nothing."""
        for action in actions:
            if action.key not in self._planned:
                fields = asdict(action) | {"at": action.at.isoformat()}
                self._append({"plan": fields})

    def mark(self, place: str, number: int) -> None:
        """Remember how far a place has been read."""
        if self.marks.get(place) != number:
            self._append({"mark": [place, number]})

    def done(self, action: Action) -> None:
        """Cross an action out."""
        self._append({"done": action.key})

    def due(self, now: datetime) -> list[Action]:
        """Return the open actions whose time has come, oldest first."""
        ripe = (action for action in self._open.values() if action.at <= now)
        return sorted(ripe, key=lambda a: (a.at, a.key))

    def following(self) -> datetime | None:
        """Return when the next open action is due, None when there is none."""
        return min((action.at for action in self._open.values()), default=None)

    def performed(self) -> list[Action]:
        """Return everything that was done, in order of time: what the offices really did."""
        done = (a for key, a in self._planned.items() if key not in self._open)
        return sorted(done, key=lambda a: (a.at, a.key))

    def every(self, what: str, office: str) -> list[Action]:
        """Return everything of one sort that an office planned, done or not, as planned."""
        return [a for a in self._planned.values() if a.what == what and a.office == office]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _lines(self) -> Iterator[dict[str, object]]:
        if not self._path.exists():
            return
        for line in self._path.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                # The last line of a killed run may be cut off; what it planned is planned again.
                continue

    def _append(self, entry: dict[str, object]) -> None:
        self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        self._file.flush()
        self._apply(entry)

    def _apply(self, entry: dict[str, object]) -> None:
        match entry:
            case {"plan": dict(fields)}:
                at = datetime.fromisoformat(str(fields["at"]))
                action = Action(**(fields | {"at": at}))
                self._planned.setdefault(action.key, action)
                self._open[action.key] = action
            case {"done": str(key)}:
                self._open.pop(key, None)
            case {"mark": [str(place), int(number)]}:
                self.marks[place] = number
