"""The doors of dondoc.yaml: their mapping files, what contradicts them, and their records."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from domain.errors import Problem
from dondoc.settings.check_access import Main, check_address, check_ca_file, check_secret
from dondoc.settings.convert import below, file_named
from dondoc.settings.load_rest import RestMapping, read_rest
from dondoc.settings.models_doors import FolderEntry, RestEntry
from dondoc.settings.problems import nearest
from dondoc.settings.records import FolderSettings, RestSettings
from dondoc.settings.secrets import to_secret
from dondoc.settings.source import Document, Trail

Mappings = Mapping[str, RestMapping]
"""The sound mapping files by the name that dondoc.yaml gives them."""

Open = Callable[[Path], Document | None]
IsFile = Callable[[Path], bool]


def read_mappings(
    main: Document, open_file: Open, is_file: IsFile = Path.is_file
) -> tuple[dict[str, RestMapping], tuple[Problem, ...]]:
    """Read the mapping file of each door, each once, whatever else is wrong in dondoc.yaml."""
    found: dict[str, RestMapping] = {}
    problems: tuple[Problem, ...] = ()
    seen: set[str] = set()
    for trail, name in _named(main.data):
        if name in seen:
            continue
        seen.add(name)
        path = main.path.parent / name
        if not is_file(path):
            what = f"there is no mapping file {name}"
            advice = f"write its path relative to {main.path.name}"
            problems += (main.problem(trail, what, advice),)
            continue
        document = open_file(path)
        mapping, wrong = (None, ()) if document is None else read_rest(document)
        problems += wrong
        if mapping is not None:
            found[name] = mapping
    return found, problems


def _named(data: object) -> Iterator[tuple[Trail, str]]:
    doors = data.get("doors") if isinstance(data, dict) else None
    for index, door in enumerate(doors if isinstance(doors, list) else []):
        rest = door.get("rest") if isinstance(door, dict) else None
        name = rest.get("mapping") if isinstance(rest, dict) else None
        if isinstance(name, str) and name.strip():
            yield ("doors", index, "rest", "mapping"), name.strip()


def check_doors(main: Main, mappings: Mappings) -> Iterator[Problem]:
    """Find names that are taken, folders that cannot be watched, and what a mapping lacks."""
    yield from _names(main)
    watched: dict[Path, str] = {}
    for index, door in enumerate(main.entry.doors):
        if door.folder:
            yield from _folder(main, ("doors", index, "folder"), door.folder, watched)
        if door.rest:
            trail = ("doors", index, "rest")
            yield from _rest(main, trail, door.rest, mappings.get(door.rest.mapping))


def _names(main: Main) -> Iterator[Problem]:
    entry = main.entry
    named: list[tuple[Trail, str]] = []
    if entry.exchange:
        named.append((("exchange",), entry.exchange.name))
    if entry.mail:
        named.append((("mail",), entry.mail.name))
    for index, mailbox in enumerate(entry.mailboxes):
        named.append((("mailboxes", index), mailbox.name))
    for index, door in enumerate(entry.doors):
        named += [(("doors", index, "folder"), door.folder.name)] if door.folder else []
        named += [(("doors", index, "rest"), door.rest.name)] if door.rest else []
    first: dict[str, Trail] = {}
    for trail, name in named:
        if name in first:
            what = f'the name "{name}" is taken already, see {main.where((*first[name], "name"))}'
            advice = "give each account and door a name of its own, for ever"
            yield main.problem((*trail, "name"), what, advice)
        first.setdefault(name, trail)


def _folder(
    main: Main, trail: Trail, entry: FolderEntry, watched: dict[Path, str]
) -> Iterator[Problem]:
    at = (*trail, "path")
    path = below(main, entry.path)
    if path.exists() and not path.is_dir():
        yield main.problem(at, "what is to be watched is no folder", "name a folder")
    elif not path.exists():
        # A warning: a share may be mounted later, and the other doors need not wait for it.
        yield main.problem(
            at,
            "the folder to be watched is not there",
            "make it, or connect the share that it lies on; Dondoc looks again at each turn",
            warning=True,
        )
    place = path.resolve()
    if place in watched:
        what = f"the door {watched[place]} watches this folder already"
        yield main.problem(at, what, "give each door a folder of its own")
    watched.setdefault(place, entry.name)


def _rest(
    main: Main, trail: Trail, entry: RestEntry, mapping: RestMapping | None
) -> Iterator[Problem]:
    for host, url in entry.addresses.items():
        at = (*trail, "addresses", host)
        yield from check_address(main, at, url, allow_plain=entry.allow_plain)
    if entry.password:
        yield from check_secret(main, (*trail, "password"), entry.password)
    if entry.refresh_token:
        yield from check_secret(main, (*trail, "refresh_token"), entry.refresh_token)
    yield from check_ca_file(main, (*trail, "ca_file"), entry.ca_file)
    if mapping is not None:
        yield from _against(main, trail, entry, mapping)


def _against(main: Main, trail: Trail, entry: RestEntry, mapping: RestMapping) -> Iterator[Problem]:
    """Compare a door with its mapping."""
    hosts, file = mapping.rules.hosts, entry.mapping
    for host in hosts:
        if host not in entry.addresses:
            what = f"there is no address for the host {host} of {file}"
            yield main.problem((*trail, "addresses"), what, f"add {host}: https://…")
    given = ((("addresses", host), hosts) for host in entry.addresses)
    values = ((("values", name), mapping.rules.values) for name in entry.values)
    for (key, name), known in (*given, *values):
        if name not in known:
            advice = nearest(name, list(known)) or f"{file} has: {', '.join(known) or 'none'}"
            what = f"{file} has no {_WORDS[key]} {name}"
            yield main.document.problem((*main.trail, *trail, key, name), what, advice, key=True)
    yield from _account(main, trail, entry, mapping)


_WORDS = {"addresses": "host", "values": "value"}


def _account(main: Main, trail: Trail, entry: RestEntry, mapping: RestMapping) -> Iterator[Problem]:
    session = mapping.rules.session
    if session and session.login and entry.password is None:
        what = f"the password is missing with which {entry.mapping} signs in"
        yield main.problem(trail, what, "add username and password: {env: NAME}")
    if session and session.renew and not session.login and entry.refresh_token is None:
        what = f"the refresh_token is missing from which {entry.mapping} has its tokens"
        yield main.problem(trail, what, "add refresh_token: {env: NAME}")


def to_doors(main: Main, mappings: Mappings) -> tuple[FolderSettings | RestSettings, ...]:
    """Make the doors' records; the mappings were found sound."""
    found: list[FolderSettings | RestSettings] = []
    for index, door in enumerate(main.entry.doors):
        if door.folder:
            found.append(_to_folder(main, door.folder))
        if door.rest:
            mapping = mappings[door.rest.mapping]
            found.append(_to_rest(main, ("doors", index, "rest"), door.rest, mapping))
    return tuple(found)


def _to_folder(main: Main, entry: FolderEntry) -> FolderSettings:
    return FolderSettings(
        name=entry.name,
        path=below(main, entry.path),
        settle_seconds=entry.settle_seconds,
        max_megabytes=entry.max_megabytes,
    )


def _to_rest(main: Main, trail: Trail, entry: RestEntry, mapping: RestMapping) -> RestSettings:
    password, refresh = entry.password, entry.refresh_token
    document = main.document
    return RestSettings(
        name=entry.name,
        mapping=mapping,
        addresses={host: url.rstrip("/") for host, url in entry.addresses.items()},
        username=entry.username,
        password=to_secret(password, document, (*trail, "password")) if password else None,
        refresh_token=to_secret(refresh, document, (*trail, "refresh_token")) if refresh else None,
        values=dict(entry.values),
        max_megabytes=entry.max_megabytes,
        ca_file=file_named(main, entry.ca_file),
        allow_plain=entry.allow_plain,
    )
