"""The server: routes to pages, and what every page shares. It serves one folder of deals."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anyio import CapacityLimiter, to_thread
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from jvmodel import __version__
from jvmodel.analysis.study import Study
from jvmodel.errors import JvmodelError
from jvmodel.shipped import templates
from jvmodel.workbench.desk import OPEN, Desk, Desks
from jvmodel.workbench.jobs import Jobs
from jvmodel.workbench.library import Library, StaleError
from jvmodel.workbench.safety import COOKIE, ForeignError, Gate, Guard, own_form

if TYPE_CHECKING:
    from starlette.types import Scope

    from jvmodel.model import Model

HTMX = json.dumps({
    "includeIndicatorStyles": False, "allowEval": False, "selfRequestsOnly": True, "historyCacheSize": 0, "defaultSettleDelay": 0,
    "responseHandling": [
        {"code": "204", "swap": False}, {"code": "[23]..", "swap": True},
        {"code": "409", "swap": True, "error": False}, {"code": "422", "swap": True, "error": False},
        {"code": "[45]..", "swap": False, "error": True},
    ],
})  # fmt: skip
"""Settings of htmx: nothing that a strict Content-Security-Policy forbids; faults of the user's (409, 422) are shown in place."""


@dataclass
class Workbench:
    """What all requests share: the folder, its open deals, who may ask, and the templates."""

    library: Library
    guard: Guard
    desks: Desks = field(default_factory=Desks)
    jobs: Jobs = field(default_factory=Jobs)
    rows: dict[str, tuple[object, dict[str, Any]]] = field(default_factory=dict)
    """Figures of deals for their list, by name, with the stamps that they are for"""
    queues: dict[str, CapacityLimiter] = field(default_factory=dict)
    """What takes a while and is asked for many times over is done one at a time: rows of the list, files of each kind"""

    @cached_property
    def templates(self) -> Environment:
        """Page templates, escaped, with every name that they use given."""
        folder = templates()
        return Environment(
            loader=FileSystemLoader([folder / "workbench", folder]), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True, auto_reload=False,
        )  # fmt: skip

    def desk(self, name: str) -> Desk:
        """A deal of the folder, open for questions."""
        return self.desks.open(name, str(self.library.deal(name)), self.library.stamp(name))

    def glance(self, name: str) -> Model:
        """The model of a deal, which is not kept open where there are more deals than that."""
        few = len(self.library.names()) <= OPEN or self.desks.has(name)
        return (self.desk(name) if few else Desk(Study(str(self.library.deal(name))))).study.model

    def page(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A page or a fragment of one."""
        shared = {"token": self.guard.token, "htmx": HTMX, "version": __version__, "secret": self.guard.password is not None}
        return HTMLResponse(self.templates.get_template(template).render(shared | context), status)


Handler = Callable[[Workbench, Request], Response]
Change = Callable[[Workbench, Request, dict[str, object]], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


def shown(handler: Handler) -> Endpoint:
    """The endpoint of a page: worked out in a thread, as models take some time."""

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(handler, request.app.state.workbench, request)

    return endpoint


def in_turn(handler: Handler, queue: Callable[[Request], str]) -> Endpoint:
    """The endpoint of something that takes a while: one at a time of each queue, in the order asked."""

    async def endpoint(request: Request) -> Response:
        workbench: Workbench = request.app.state.workbench
        limiter = workbench.queues.setdefault(queue(request), CapacityLimiter(1))
        return await to_thread.run_sync(handler, workbench, request, limiter=limiter)

    return endpoint


def changing(handler: Change) -> Endpoint:
    """The endpoint of a change: only with this server's token."""

    async def endpoint(request: Request) -> Response:
        workbench: Workbench = request.app.state.workbench
        fields = await own_form(request, workbench.guard)
        return await run_in_threadpool(handler, workbench, request, fields)

    return endpoint


def create_app(folder: Path, guard: Guard | None = None) -> Starlette:
    """The workbench for a folder of deals, as an ASGI application."""
    from jvmodel.workbench import changes, clauses, compare, deals, edit, numbers, risk, rows, table, trade, workbooks

    guard = guard or Guard()
    app = Starlette(
        routes=[
            Route("/sign-in", sign_in, methods=["GET", "POST"]),
            *deals.ROUTES, *table.ROUTES, *compare.ROUTES, *trade.ROUTES, *risk.ROUTES, *rows.ROUTES, *edit.ROUTES,
            *numbers.ROUTES, *changes.ROUTES, *clauses.ROUTES, *workbooks.ROUTES,
            Mount("/static", StaticFiles(directory=templates() / "workbench" / "static")),
        ],
        middleware=[Middleware(Gate, guard=guard, failed=_failed)],
        exception_handlers={
            JvmodelError: _fault, ForeignError: _foreign, HTTPException: _http,
        },
    )  # fmt: skip
    app.state.workbench = Workbench(Library(folder), guard)
    app.state.workbench.library.sweep()
    return app


async def sign_in(request: Request) -> Response:
    """Asks for the password, and remembers whoever knows it until the server stops."""
    workbench: Workbench = request.app.state.workbench
    if request.method == "GET":
        return workbench.page("sign_in.html.j2", wrong=False)
    fields = await own_form(request, workbench.guard)
    if not workbench.guard.right(str(fields.get("password", "")), request.client.host if request.client else ""):
        return workbench.page("sign_in.html.j2", 403, wrong=True)
    response = RedirectResponse("/", 303)
    response.set_cookie(COOKIE, workbench.guard.session, httponly=True, samesite="strict", secure=request.url.scheme == "https")
    return response


def _told(request: Request, status: int, title: str, message: str) -> Response:
    workbench: Workbench = request.app.state.workbench
    template = "fault.html.j2" if "hx-request" in request.headers else "fault_page.html.j2"
    name = request.path_params.get("name", "") if status == 409 else ""
    return workbench.page(template, status, title=title, message=message, stale=name)


async def _fault(request: Request, error: Exception) -> Response:
    """Something that the user can mend, in the words of the error."""
    missing = str(error).startswith("there is no deal")
    status = 409 if isinstance(error, StaleError) else 404 if missing else 422
    return _told(request, status, "That cannot be done", str(error))


async def _foreign(request: Request, _error: Exception) -> Response:
    return _told(request, 403, "This page is out of date", "The workbench was started anew; load the page again.")


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words = {404: "There is no such page.", 405: "That cannot be done here."}
    return _told(request, error.status_code, words.get(error.status_code, "That was refused."), "")


async def _failed(scope: Scope, error: Exception) -> Response:
    """A fault of ours: no details to the page, all of them to the log."""
    request = Request(scope)
    logging.getLogger("jvmodel.workbench").error("%s %r", request.method, scope["path"], exc_info=error)
    return _told(request, 500, "The workbench made a mistake", "Nothing was changed. The terminal that runs it says more.")


def name_of(fields: dict[str, object], key: str) -> str:
    """A name for a deal as somebody writes it, with spaces as underscores."""
    return "_".join(text_of(fields, key).split())


def text_of(fields: dict[str, object], name: str, most: int = 10_000) -> str:
    """A field as text; raises a worded error where it is missing or too long."""
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise JvmodelError(f"'{name}' must be text")
    if len(value) > most:
        raise JvmodelError(f"'{name}' is {len(value):,} characters long, and may have {most:,}")
    return value
