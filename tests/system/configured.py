"""The configuration of a daemon on real servers, for every test that runs one as a process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from connector.store.postgresql import Server as Database
from tests.integration.services.service_parts import UNIT
from tests.servers.dovecot import PASSWORD
from tests.servers.postfix import Postfix
from tests.servers.postgresql import PASSWORD as DATABASE_PASSWORD

SECRET = "bi-mat-chi-de-thu-trong-may"

_MAIN = """\
store:
  database: {database}
  evidence: store/evidence
  output: result
{password}unit: {{organ_id: {unit}, name: UBND huyện Hữu Lũng, place: Hữu Lũng}}
exchange: {{name: truc, url: {url}, system_id: {unit}, secret: {{file: secret}}}}
mail:
  address: {own}
  copy_to_self: {copies}
  smtp:
    host: 127.0.0.1
    port: {smtp}
    connections: {connections}
    username: {own}
    password: {{file: password}}
    ca_file: {ca_file}
  imap:
    host: 127.0.0.1
    port: {imap}
    username: {own}
    password: {{file: password}}
    ca_file: {ca_file}
{after_reading}token_key: {{file: secret}}
schedule: {{{schedule}}}
directory: directory.yaml
campaigns: campaign.yaml
"""
_MOVE = "    after_reading: {move: Processed}\n"


@dataclass(frozen=True, kw_only=True)
class Peers:
    """Where a daemon finds its servers; ports may be those of wires to them.

    ``database`` is None for SQLite.
    """

    postfix: Postfix
    exchange_url: str
    smtp: int
    imap: int
    database: Database | None = None


def configure(
    folder: Path,
    peers: Peers,
    *,
    own: str,
    offices: Sequence[str],
    campaign: str,
    schedule: str,
    copies: bool = True,
    moved: bool = False,
    connections: int = 2,
) -> None:
    """Write every file of a configuration; ``offices`` are entries of the directory in YAML.

    ``moved`` has read mail moved to another folder, ``schedule`` has the members of that section.
    """
    main = _MAIN.format(
        database=_address(peers.database),
        password="  password: {file: database-password}\n" if peers.database else "",
        unit=UNIT,
        url=peers.exchange_url,
        own=own,
        copies=str(copies).lower(),
        smtp=peers.smtp,
        connections=connections,
        imap=peers.imap,
        ca_file=peers.postfix.ca_file,
        after_reading=_MOVE if moved else "",
        schedule=schedule,
    )
    directory = "offices:\n" + "".join(f"  - {entry}\n" for entry in offices)
    texts: Mapping[str, str] = {
        "dondoc.yaml": main,
        "directory.yaml": directory,
        "campaign.yaml": campaign,
        "secret": SECRET,
        "password": PASSWORD,
        "database-password": DATABASE_PASSWORD,
    }
    for name, text in texts.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text, encoding="utf-8")


def _address(database: Database | None) -> str:
    if database is None:
        return "store/ledger.sqlite"
    user = quote(database.username)
    return f"postgresql://{user}@{database.host}:{database.port}/{database.name}"
