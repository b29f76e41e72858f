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
from tests.servers.s3 import S3
from tests.servers.s3_account import ACCESS_KEY, SECRET_KEY

SECRET = "bi-mat-chi-de-thu-trong-may"

_MAIN = """\
store:
  database: {database}
{evidence}  output: result
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
{largest}{after_reading}token_key: {{file: secret}}
schedule: {{{schedule}}}
directory: directory.yaml
campaigns: campaign*.yaml
"""
_LARGEST = "    max_megabytes: {megabytes}\n"
_MOVE = "    after_reading: {move: Processed}\n"


@dataclass(frozen=True, kw_only=True)
class Peers:
    """Where a daemon finds its servers; ports may be those of wires to them.

    ``database`` is None for SQLite, ``s3`` for a folder of evidence.
    """

    postfix: Postfix
    exchange_url: str
    smtp: int
    imap: int
    database: Database | None = None
    s3: S3 | None = None


def configure(
    folder: Path,
    peers: Peers,
    *,
    own: str,
    offices: Sequence[str],
    campaign: str,
    schedule: str,
    copies: bool | None = True,
    moved: bool = False,
    connections: int = 2,
    megabytes: int | None = None,
) -> None:
    """Write every file of a configuration; ``offices`` are entries of the directory in YAML.

    Blind ``copies`` are asked for or not; None is the default, where the server reports nothing.
    ``moved`` has read mail moved to another folder, ``schedule`` has the members of that section,
    and messages of more than so many ``megabytes`` are not taken whole.
    """
    main = _MAIN.format(
        database=_address(peers.database),
        password="  password: {file: database-password}\n" if peers.database else "",
        evidence=_evidence(peers.s3),
        unit=UNIT,
        url=peers.exchange_url,
        own=own,
        copies="auto" if copies is None else str(copies).lower(),
        smtp=peers.smtp,
        connections=connections,
        imap=peers.imap,
        ca_file=peers.postfix.ca_file,
        largest=_LARGEST.format(megabytes=megabytes) if megabytes else "",
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
        "access-key": ACCESS_KEY,
        "secret-key": SECRET_KEY,
    }
    for name, text in texts.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text, encoding="utf-8")


def _address(database: Database | None) -> str:
    if database is None:
        return "store/ledger.sqlite"
    user = quote(database.username)
    return f"postgresql://{user}@{database.host}:{database.port}/{database.name}"


def _evidence(s3: S3 | None) -> str:
    if s3 is None:
        return "  evidence: store/evidence\n"
    return (
        f"  evidence: s3://{s3.new_bucket().name}\n"
        f"  s3: {{endpoint: '{s3.address}', access_key: {{file: access-key}}, "
        "secret_key: {file: secret-key}}\n"
    )
