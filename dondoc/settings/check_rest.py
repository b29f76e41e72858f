"""What a mapping file must hold beyond the form of each key: known hosts and places."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.errors import Problem
from domain.rest_forms import Template
from domain.words import say
from dondoc.settings.check_literals import check_literals
from dondoc.settings.models_rest import CallEntry, ListEntry, RequestEntry, RestFile, SessionEntry
from dondoc.settings.placed import Placed
from dondoc.settings.problems import label, nearest, told
from dondoc.settings.source import Trail
from dondoc.settings.values import words_of

_ACCOUNT = frozenset({"username"})
_WINDOW = frozenset({"from", "to", "year"})
_PAGING = frozenset({"page", "size", "offset"})
_RESERVED = _ACCOUNT | _WINDOW | _PAGING | {
    "password", "token", "refresh_token", "id", "key", "name", "outcome", "reason"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request of the file, where it stands and which places it may have."""

    trail: Trail
    request: RequestEntry
    places: frozenset[str]


def check_rest(mapping: Placed[RestFile]) -> Iterator[Problem]:
    """Find hosts and places that nothing stands for, and lists that would never turn a page."""
    entry = mapping.entry
    for name in entry.values:
        yield from _reserved(mapping, ("values", name))
    for name in entry.session.login.learn if entry.session and entry.session.login else ():
        yield from _reserved(mapping, ("session", "login", "learn", name))
    said: dict[Trail, str] = {}
    for asked in _requests(entry):
        yield from _request(mapping, asked)
        said |= {(*asked.trail, *at): text for at, text in texts(asked.request)}
    yield from _headers(mapping, ("headers",), entry.headers, _open(entry))
    if entry.session:
        yield from _headers(mapping, ("session", "headers"), entry.session.headers, _inside(entry))
    for trail, listed in _lists(entry):
        yield from _paging(mapping, trail, listed)
    said |= {("headers", name): text for name, text in entry.headers.items()}
    if entry.session:
        said |= {("session", "headers", name): t for name, t in entry.session.headers.items()}
    yield from check_literals(mapping, said)


def _open(entry: RestFile) -> frozenset[str]:
    """Return the places of a request before anybody is signed in."""
    password = frozenset[str]() if entry.session else frozenset({"password"})
    return _ACCOUNT | entry.values.keys() | password


def _inside(entry: RestFile) -> frozenset[str]:
    session = entry.session
    learnt = session.login.learn.keys() if session and session.login else frozenset[str]()
    return _open(entry) | learnt | ({"token"} if session else frozenset())


def _requests(entry: RestFile) -> Iterator[_Asked]:
    known = _inside(entry)
    if entry.session:
        yield from _session(entry.session, entry)
    for trail, listed in _lists(entry):
        paging = _PAGING if listed.paging else frozenset[str]()
        yield _Asked((*trail, "request"), listed.request, known | _WINDOW | paging)
    for trail, call, more in _documents(entry):
        yield _Asked((*trail, "request"), call.request, known | {"id"} | more)
    files = entry.received.files if entry.received else None
    if files and files.request:
        trail = ("received", "files", "request")
        yield _Asked(trail, files.request, known | {"id", "key", "name"})


def _session(session: SessionEntry, entry: RestFile) -> Iterator[_Asked]:
    places = _open(entry)
    if session.login:
        trail: Trail = ("session", "login", "request")
        yield _Asked(trail, session.login.request, places | {"password"})
        places |= session.login.learn.keys()
    if session.renew:
        trail = ("session", "renew", "request")
        yield _Asked(trail, session.renew.request, places | {"refresh_token"})


def _lists(entry: RestFile) -> Iterator[tuple[Trail, ListEntry]]:
    if entry.received:
        yield ("received", "list"), entry.received.list
    if entry.sent:
        yield ("sent", "list"), entry.sent.list


def _documents(entry: RestFile) -> Iterator[tuple[Trail, CallEntry, frozenset[str]]]:
    if entry.received:
        yield ("received", "detail"), entry.received.detail, frozenset()
        if entry.received.acknowledge:
            trail = ("received", "acknowledge")
            yield trail, entry.received.acknowledge, frozenset({"outcome", "reason"})
    if entry.sent and entry.sent.detail:
        yield ("sent", "detail"), entry.sent.detail, frozenset()


def _request(mapping: Placed[RestFile], asked: _Asked) -> Iterator[Problem]:
    if asked.request.host not in mapping.entry.hosts:
        known = list(mapping.entry.hosts)
        yield mapping.problem(
            (*asked.trail, "host"),
            say("{key} names a host that is not in hosts", key=label((*asked.trail, "host"))),
            nearest(asked.request.host, known)
            or say("write one of: {known}", known=", ".join(known)),
        )
    for trail, text in texts(asked.request):
        yield from _places(mapping, (*asked.trail, *trail), text, asked.places)


def texts(request: RequestEntry) -> Iterator[tuple[Trail, str]]:
    """Yield every text of a request that may have places, with where it stands in it."""
    yield ("path",), request.path
    for key in ("query", "headers", "form"):
        for name, text in (getattr(request, key) or {}).items():
            yield (key, name), text
    yield from _texts_in(("body",), request.body)


def _texts_in(trail: Trail, value: object) -> Iterator[tuple[Trail, str]]:
    if isinstance(value, str):
        yield trail, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts_in((*trail, str(name)), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts_in((*trail, index), inner)


def _headers(
    mapping: Placed[RestFile], trail: Trail, headers: Mapping[str, str], places: frozenset[str]
) -> Iterator[Problem]:
    for name, text in headers.items():
        yield from _places(mapping, (*trail, name), text, places)


def _places(
    mapping: Placed[RestFile], trail: Trail, text: str, places: frozenset[str]
) -> Iterator[Problem]:
    try:
        names = Template(text).names
    except ValueError as error:  # texts in a JSON body have no check of their own
        yield mapping.problem(
            trail,
            told(trail, words_of(error)),
            say("write {{name}} for a place, {{{{ and }}}} for braces"),
        )
        return
    for name in names:
        if name not in places:
            known = ", ".join(sorted(places))
            yield mapping.problem(
                trail,
                say(
                    "{key} has the place {{{name}}}, which nothing fills here",
                    key=label(trail),
                    name=name,
                ),
                nearest(name, sorted(places)) or say("known here: {known}", known=known),
            )


def _reserved(mapping: Placed[RestFile], trail: Trail) -> Iterator[Problem]:
    if trail[-1] in _RESERVED:
        yield mapping.problem(
            trail,
            say("{key} takes a name that Dondoc fills itself", key=label(trail)),
            say("choose another name"),
        )


def _paging(mapping: Placed[RestFile], trail: Trail, listed: ListEntry) -> Iterator[Problem]:
    names = {name for _, text in texts(listed.request) for name in _names(text)}
    if listed.paging and not names & {"page", "offset"}:
        yield mapping.problem(
            (*trail, "paging"),
            say(
                "{key} has paging, but its request has neither {{page}} nor {{offset}}",
                key=label(trail),
            ),
            say("add one of them to the request, or take paging out"),
        )


def _names(text: str) -> tuple[str, ...]:
    try:
        return Template(text).names
    except ValueError:
        return ()
