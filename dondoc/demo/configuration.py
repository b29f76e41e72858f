"""The demo's own configuration: the shipped example, on servers of the demo."""

import re
import secrets
from pathlib import Path

from domain.campaign import ExchangeMode
from dondoc.settings.example import example_files

MAIN = "dondoc.yaml"
SYSTEM_ID = "dondoc.huulung.demo"
OFFICES_SYSTEM_ID = "truc.langson.demo"

_MODE = re.compile(rb"^exchange: \w+", re.MULTILINE)
"""The line of the campaign that says who sends on the exchange."""

_COPIED = ("directory/", "campaigns/", "holidays.yaml")
_SECRETS = ("exchange", "mail", "token")

MARK = "# Written by `dondoc demo`"

_TEXT = """\
# Written by `dondoc demo`: the shipped example on embedded servers that ended with the demo.
store:
  database: store/ledger.sqlite
  evidence: store/evidence
  output: result
unit:
  organ_id: H37.99
  name: UBND huyện Hữu Lũng
  place: Hữu Lũng
exchange:
  name: truc
  url: {exchange_url}
  system_id: {system_id}
  secret: {{file: secrets/exchange}}
mail:
  name: nq47
  address: nq47@huulung.example
  display_name: UBND huyện Hữu Lũng
  domain: huulung.example
  plus_addressing: true
  copy_to_self: true
  smtp: {{host: 127.0.0.1, port: {smtp_port}, security: none}}
  imap:
    host: 127.0.0.1
    port: {imap_port}
    security: none
    username: nq47@huulung.example
    password: {{file: secrets/mail}}
token_key: {{file: secrets/token}}
schedule:
  poll_seconds: 60
  retry_minutes: [5, 30, 120]
  probe_minutes: 10
calendar: holidays.yaml
directory: directory/*.yaml
campaigns: campaigns/*.yaml
"""


def write_example(folder: Path, mode: ExchangeMode = ExchangeMode.SEND) -> None:
    """Copy the example's directory and campaign, and make secrets; what is there stays."""
    for name, content in example_files().items():
        if name.startswith(_COPIED) and not (folder / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(_MODE.sub(rb"exchange: " + mode.encode(), content))
    (folder / "secrets").mkdir(mode=0o700, exist_ok=True)
    for name in _SECRETS:
        secret = folder / "secrets" / name
        if not secret.exists():
            secret.touch(mode=0o600)
            secret.write_text(secrets.token_hex(24), encoding="ascii")


def secret_of(folder: Path, name: str) -> str:
    """Return a secret that ``write_example`` made."""
    return (folder / "secrets" / name).read_text(encoding="ascii")


def write_main(folder: Path, *, exchange_url: str, smtp_port: int, imap_port: int) -> Path:
    """Write the main file for servers that listen now, and return its path."""
    path = folder / MAIN
    text = _TEXT.format(
        exchange_url=exchange_url,
        system_id=SYSTEM_ID,
        smtp_port=smtp_port,
        imap_port=imap_port,
    )
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
    return path
