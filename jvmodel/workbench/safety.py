"""What stands between the workbench and the network: hosts, origins, tokens, passwords, sizes and headers.

The server binds to loopback unless told otherwise. A page of another site must not reach it through the user's browser: the
Host header must be one that was allowed (against DNS rebinding), the Origin of every change must be the workbench itself,
and every change carries a token that only its own pages have. A password (HTTP, so: for a trusted network only) is required
as soon as other machines can reach it.
"""

from __future__ import annotations

import hmac
import secrets
import time
import zipfile
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse

from jvmodel.errors import OutputError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
LARGEST = 12_000_000
"""Bytes of a request."""
UNPACKED, MEMBERS = 120_000_000, 2_000
"""Bytes and files that a workbook may unpack to."""
COOKIE = "jvmodel"
TRIES, WAIT = 10, 60.0
"""Wrong passwords before everybody waits, and how many seconds."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass
class Guard:
    """Who may ask, and how they prove it. `hosts` are allowed names (None: any, then with a password)."""

    hosts: tuple[str, ...] | None = LOOPBACK
    password: str | None = None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    session: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    _wrong: list[float] = field(default_factory=list)

    def known_host(self, host: str) -> bool:
        """Whether a Host header names this server."""
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        return self.hosts is None or name in self.hosts

    def signed_in(self, cookie: str | None) -> bool:
        """Whether a cookie is that of somebody who gave the password, or none is asked for."""
        return self.password is None or (cookie is not None and hmac.compare_digest(cookie, self.session))

    def right(self, password: str) -> bool:
        """Whether a password is right; after too many wrong ones everybody waits."""
        now = time.monotonic()
        self._wrong = [when for when in self._wrong if now - when < WAIT]
        if len(self._wrong) >= TRIES:
            return False
        good = self.password is not None and hmac.compare_digest(password.encode(), self.password.encode())
        if not good:
            self._wrong.append(now)
        return good

    def own(self, token: str | None) -> bool:
        """Whether a change comes from a page of this server."""
        return token is not None and hmac.compare_digest(token.encode(), self.token.encode())


class Gate:
    """Middleware: refuses foreign hosts and origins, asks for the password, limits sizes, and adds security headers."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self.app = app
        self.guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refused = self._refused(scope, headers)
        read = 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > LARGEST:
                raise TooLargeError
            return message

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    found[name] = value
                if "cache-control" not in found:
                    found["Cache-Control"] = "no-store"
            await send(message)

        if refused is not None:
            await refused(scope, receive, guarded)
            return
        try:
            await self.app(scope, limited, guarded)
        except TooLargeError:
            await _too_large()(scope, receive, guarded)

    def _refused(self, scope: Scope, headers: Headers) -> PlainTextResponse | RedirectResponse | None:
        if not self.guard.known_host(headers.get("host", "")):
            return PlainTextResponse("This address is not one that the workbench was started with.", 421)
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > LARGEST:
            return _too_large()
        if scope["method"] not in ("GET", "HEAD"):
            origin = headers.get("origin")
            foreign = origin is not None and urlsplit(origin).netloc != headers.get("host")
            if foreign or headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
                return PlainTextResponse("Changes are only taken from the workbench's own pages.", 403)
        open_ = scope["path"].startswith("/static/") or scope["path"] == "/sign-in"
        cookie = _cookie(headers.get("cookie", ""))
        if not open_ and not self.guard.signed_in(cookie):
            return RedirectResponse("/sign-in", 303)
        return None


class TooLargeError(Exception):
    """More was sent than a request may have."""


def _too_large() -> PlainTextResponse:
    return PlainTextResponse(f"That is more than {LARGEST // 1_000_000} MB; send something smaller.", 413)


def _cookie(header: str) -> str | None:
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return None


def refuse_bomb(raw: bytes, name: str) -> None:
    """Refuses a workbook that is not one, or that unpacks to more than any workbook needs."""
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise OutputError(f"{name} is not an Excel workbook (.xlsx); save it as one and try again") from None
    if len(members) > MEMBERS or sum(one.file_size for one in members) > UNPACKED:
        raise OutputError(f"{name} unpacks to more than a workbook needs, and was not opened")


async def own_form(request: Request, guard: Guard) -> dict[str, object]:
    """The fields of a change; raises Foreign where its token is not this server's."""
    from starlette.datastructures import UploadFile

    async with request.form(max_files=8, max_fields=2_000, max_part_size=6_000_000) as form:
        token = request.headers.get("x-token") or form.get("token")
        if not isinstance(token, str) or not guard.own(token):
            raise ForeignError
        fields: dict[str, object] = {}
        for name, value in form.multi_items():
            fields[name] = (value.filename or "", await value.read()) if isinstance(value, UploadFile) else value
        return fields


class ForeignError(Exception):
    """A change whose token is not this server's."""
