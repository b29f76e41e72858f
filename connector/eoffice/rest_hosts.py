"""Requests to the hosts of a mapped e-office, and to no other place.

An e-office keeps its files on a host of its own, so there may be several. Addresses that an answer
names are followed on these hosts alone: otherwise whoever writes an answer could make this machine
ask others within the office's network.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, urlencode, urlsplit

from connector.eoffice.http import Answer, HttpTransport, Timeouts
from domain.errors import ConfigError, PeerRefused, Problem
from domain.rest import RequestRule
from domain.rest_forms import Template

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
NUMBERS = frozenset({"page", "size", "offset", "year"})
"""Places that are numbers where they are the whole value in a JSON body."""

_PORTS = {"http": 80, "https": 443}
# What may stand in a path or query as it is (RFC 3986 section 3.3 and 3.4), the percent sign
# because an address in an answer is encoded already.
_IN_URL = "/:@!$&'()*+,;=~-._%?"


@dataclass(frozen=True, slots=True)
class _Host:
    origin: str
    base: str
    transport: HttpTransport


class Hosts:
    """Connections to every host of one e-office.

    ``addresses`` are http(s) addresses by host name, ``paths`` the base path below each. Raises
    ``ConfigError`` for an unusable address and for a host without one.
    """

    def __init__(
        self,
        name: str,
        addresses: Mapping[str, str],
        paths: Mapping[str, str],
        *,
        ca_file: Path | None,
        timeouts: Timeouts,
    ) -> None:
        self._name = name
        missing = sorted(paths.keys() - addresses.keys())
        if missing:
            raise _misconfigured(name, missing)
        self._hosts = {
            host: _Host(
                _origin(addresses[host]),
                _joined(urlsplit(addresses[host]).path, paths[host]),
                # The transport checks the address; what follows its origin is put in front of
                # every path here, because an address in an answer begins at the origin.
                HttpTransport(
                    _checked_origin(addresses[host], ca_file, timeouts),
                    ca_file=ca_file,
                    timeouts=timeouts,
                ),
            )
            for host in paths
        }

    def close(self) -> None:
        """Close all connections."""
        for host in self._hosts.values():
            host.transport.close()

    def send(
        self,
        request: RequestRule,
        values: Mapping[str, str],
        headers: Mapping[str, Template],
        *,
        limit: int,
        into: BinaryIO | None = None,
    ) -> Answer:
        """Send one request of the mapping with its places filled.

        ``headers`` are those of all requests; the request's own win. Raises ``NoAnswer`` as the
        transport does, and ``PeerRefused`` where a value cannot stand in a path or a header.
        """
        host = self._hosts[request.host]
        try:
            path = request.path.filled(values, self._in_path)
            told = _all_filled({**headers, **request.headers}, values)
            query = _all_filled(request.query, values)
            content_type, body = _body(request, values)
        except KeyError as error:
            detail = f"nothing fills the place {error}; check the account of this door"
            raise PeerRefused(self._name, "parameter", detail) from None
        return host.transport.request(
            request.method,
            _joined(host.base, path),
            self._checked(told | ({"Content-Type": content_type} if content_type else {})),
            parameters=query,
            body=body,
            limit=limit,
            into=into,
        )

    def follow(
        self,
        url: str,
        values: Mapping[str, str],
        headers: Mapping[str, Template],
        *,
        limit: int,
        into: BinaryIO,
    ) -> Answer:
        """Fetch what an answer names by its address; raises ``PeerRefused`` for foreign hosts."""
        host, path = self._located(url)
        told = _all_filled(headers, values)
        return host.transport.request("GET", path, self._checked(told), limit=limit, into=into)

    def _located(self, url: str) -> tuple[_Host, str]:
        url = url.strip()
        try:
            parts = urlsplit(url)
            origin = _origin(url) if parts.netloc or parts.scheme else ""
        except ValueError:
            parts, origin = None, "unreadable"
        odd = "\\" in url or not url.isprintable()
        wanted = [host for host in self._hosts.values() if origin in {"", host.origin}]
        if parts is None or odd or parts.username is not None or not wanted or not parts.path:
            detail = "a file lies at an address outside the hosts of the mapping; nothing was asked"
            raise PeerRefused(self._name, "address", detail)
        query = f"?{parts.query}" if parts.query else ""
        return wanted[0], quote(f"{parts.path.lstrip('/')}{query}", safe=_IN_URL)

    def _in_path(self, value: str) -> str:
        # Such a segment would climb out of the path, however it is encoded.
        if value in {"", ".", ".."}:
            detail = f"{value!r} cannot stand in the path of a request; nothing was asked"
            raise PeerRefused(self._name, "parameter", detail)
        return quote(value, safe="")

    def _checked(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        for name, value in headers.items():
            if not value.isascii() or not value.isprintable():
                detail = f"the value of the header {name} is no plain ASCII; nothing was asked"
                raise PeerRefused(self._name, "parameter", detail)
        return headers


def _all_filled(texts: Mapping[str, Template], values: Mapping[str, str]) -> dict[str, str]:
    return {name: text.filled(values) for name, text in texts.items()}


def _body(request: RequestRule, values: Mapping[str, str]) -> tuple[str, bytes]:
    if request.form is not None:
        return FORM, urlencode(_all_filled(request.form, values)).encode()
    if request.body is None:
        return "", b""
    return JSON, json.dumps(_filled(request.body, values), ensure_ascii=False).encode()


def _filled(body: object, values: Mapping[str, str]) -> object:
    if isinstance(body, Template):
        text = body.filled(values)
        return int(text) if body.only in NUMBERS else text
    if isinstance(body, Mapping):
        return {name: _filled(value, values) for name, value in body.items()}
    if isinstance(body, tuple):
        return [_filled(value, values) for value in body]
    return body


def _origin(url: str) -> str:
    """Return scheme, host and port, which decide together (RFC 6454 section 4)."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    port = parts.port or _PORTS.get(scheme)
    return f"{scheme}://{(parts.hostname or '').lower()}:{port}"


def _checked_origin(url: str, ca_file: Path | None, timeouts: Timeouts) -> str:
    HttpTransport(url, ca_file=ca_file, timeouts=timeouts).close()
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _joined(base: str, path: str) -> str:
    return "/".join(part for part in (base.strip("/"), path.lstrip("/")) if part)


def _misconfigured(name: str, missing: list[str]) -> ConfigError:
    problem = Problem(
        file=name,
        line=0,
        column=0,
        what=f"the mapping names the host {missing[0]}, which has no address",
        advice="write its address beside the others",
    )
    return ConfigError((problem,))
