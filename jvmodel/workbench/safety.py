"""What stands between the workbench and the network: hosts, origins, tokens, passwords, sizes and headers.

The server binds to loopback unless told otherwise. A page of another site must not reach it through the user's browser: the
Host header must be one that was allowed (against DNS rebinding), the Origin of every change must be the workbench itself,
and every change carries a token that only its own pages have. A password (HTTP, so: for a trusted network only) is required
as soon as other machines can reach it.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
import zipfile
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse

from jvmodel.errors import JvmodelError, OutputError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
LARGEST = 12_000_000
"""Bytes of a request."""
SMALL = 20_000
"""Bytes of a request of somebody who has not signed in."""
PATIENCE = 60.0
"""Seconds that the body of a request may take to arrive."""
UNPACKED, MEMBERS = 120_000_000, 2_000
"""Bytes and files that a workbook may unpack to."""
COOKIE = "jvmodel"
TRIES, ALL_TRIES, WAIT = 10, 100, 60.0
"""Wrong passwords from one address, and from all, before a right one is not taken either; and for how many seconds."""
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
    _wrong: list[tuple[float, str]] = field(default_factory=list)

    def known_host(self, host: str) -> bool:
        """Whether a Host header names this server."""
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        return self.hosts is None or name in self.hosts

    def signed_in(self, cookie: str | None) -> bool:
        """Whether a cookie is that of somebody who gave the password, or none is asked for."""
        return self.password is None or same(cookie, self.session)

    def right(self, password: str, address: str = "") -> bool:
        """Whether a password is right; after too many wrong ones its address waits, and after far too many everybody."""
        now = time.monotonic()
        self._wrong = [(when, who) for when, who in self._wrong if now - when < WAIT]
        if len(self._wrong) >= ALL_TRIES or sum(who == address for _, who in self._wrong) >= TRIES:
            return False
        good = same(password, self.password)
        if not good:
            self._wrong.append((now, address))
        return good

    def own(self, token: str | None) -> bool:
        """Whether a change comes from a page of this server."""
        return same(token, self.token)


class _Body:
    """The body of a request, up to so many bytes, and not for longer than anybody's patience."""

    def __init__(self, receive: Receive, most: int) -> None:
        self.receive = receive
        self.most = most
        self.read = 0
        self.whole = False
        self.until = asyncio.get_running_loop().time() + PATIENCE

    async def __call__(self) -> Message:
        """The next part."""
        if self.whole:
            return await self.receive()
        try:
            async with asyncio.timeout_at(self.until):
                message = await self.receive()
        except TimeoutError:
            raise TooSlowError from None
        self.whole = not message.get("more_body", False)
        self.read += len(message.get("body", b""))
        if self.read > self.most:
            raise TooLargeError
        return message


class _Answer:
    """What is sent back, with the security headers."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope = scope
        self.send = send
        self.started = False

    async def __call__(self, message: Message) -> None:
        """The next part."""
        if message["type"] == "http.response.start":
            self.started = True
            found = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                found[name] = value
            if "cache-control" not in found:
                found["Cache-Control"] = "no-cache" if self.scope["path"].startswith("/static/") else "no-store"
        await self.send(message)


class Gate:
    """Middleware: refuses foreign hosts and origins, asks for the password, limits sizes, and adds security headers.

    `failed` answers where the application itself goes wrong, so that such pages have the same headers as all others.
    """

    def __init__(self, app: ASGIApp, guard: Guard, failed: Callable[[Scope, Exception], Awaitable[Response]]) -> None:
        self.app = app
        self.guard = guard
        self.failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        most = LARGEST if self.guard.signed_in(_cookie(headers.get("cookie", ""))) else SMALL
        answer = _Answer(scope, send)
        refused = self._refused(scope, headers, most)
        if refused is not None:
            await refused(scope, receive, answer)
            return
        try:
            await self.app(scope, _Body(receive, most), answer)
        except TooLargeError:
            await _too_large(most)(scope, receive, answer)
        except TooSlowError:
            await PlainTextResponse("That took too long to arrive.", 408)(scope, receive, answer)
        except Exception as error:
            page = await self.failed(scope, error)
            if not answer.started:
                await page(scope, receive, answer)

    def _refused(self, scope: Scope, headers: Headers, most: int) -> PlainTextResponse | RedirectResponse | None:
        if not self.guard.known_host(headers.get("host", "")):
            return PlainTextResponse("This address is not one that the workbench was started with.", 421)
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdecimal() and len(length) < 12) or int(length) > most:
            return _too_large(most)
        own = headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
        if scope["method"] not in ("GET", "HEAD"):
            origin, host = headers.get("origin"), headers.get("host", "")
            if not own or (origin is not None and origin not in (f"http://{host}", f"https://{host}")):
                return PlainTextResponse("Changes are only taken from the workbench's own pages.", 403)
        elif not own and headers.get("sec-fetch-mode", "navigate") != "navigate":
            return PlainTextResponse("Other sites may link to the workbench, and not take from it.", 403)
        open_ = scope["path"].startswith("/static/") or scope["path"] == "/sign-in"
        cookie = _cookie(headers.get("cookie", ""))
        if not open_ and not self.guard.signed_in(cookie):
            return RedirectResponse("/sign-in", 303)
        return None


class TooLargeError(Exception):
    """More was sent than a request may have."""


class TooSlowError(Exception):
    """A request has not arrived in the time that it may take."""


def same(given: str | None, secret: str | None) -> bool:
    """Whether something given is a secret, in a time that does not tell how much of it is right."""
    if given is None or secret is None:
        return False
    return hmac.compare_digest(given.encode(errors="replace"), secret.encode(errors="replace"))


def _too_large(most: int) -> PlainTextResponse:
    return PlainTextResponse(f"That is more than {most:,} bytes; send something smaller.", 413)


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
            if not is_text(name) or not is_text(fields[name]):
                raise JvmodelError("a field is not text; load the page again and write it anew")
        return fields


def is_text(value: object) -> bool:
    """Whether something that may be text is text that can be written into a file."""
    return not isinstance(value, str) or not any("\ud800" <= one <= "\udfff" for one in value)


class ForeignError(Exception):
    """A change whose token is not this server's."""
