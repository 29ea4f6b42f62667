"""Two terms against each other: the picture of who would give what for what, and a point on it that is dragged."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jvmodel.errors import GraphError, JvmodelError
from jvmodel.negotiation.bargaining import WORDS
from jvmodel.negotiation.table import table
from jvmodel.negotiation.unknowns import short
from jvmodel.report.figures import figure
from jvmodel.report.figures.trade_off import BOTTOM, LEFT, RIGHT, TOP
from jvmodel.report.negotiation.picture import Plane, plane
from jvmodel.report.palette import palette
from jvmodel.shown import figure as number
from jvmodel.shown import text
from jvmodel.workbench.app import Workbench, shown

if TYPE_CHECKING:
    from jvmodel.lever import Lever
    from jvmodel.negotiation.table import Table
    from jvmodel.workbench.desk import Desk, Slider

EDGES = {"left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM}


def on_the_table(workbench: Workbench, desk: Desk) -> dict[str, Any]:
    """The terms that may move, as a choice of two; why there are none, where there are none."""
    try:
        terms = [short(one.lever) for one in _table(workbench, desk).space.unknowns]
    except JvmodelError as error:
        return {"terms": [], "untold": f"{str(error)[:1].upper()}{str(error)[1:]}."}
    given = desk.study.model.deal.negotiation
    untold = (
        "The deal does not say where anybody would walk away (negotiation:), so it is taken to be below nil." if not given else ""
    )
    return {"terms": terms, "untold": untold}


def _moving(desk: Desk) -> list[str]:
    """The sliders of the table, as terms that may move."""

    def end(slider: Slider, value: float) -> str:
        percent = slider.lever.unit in ("%", "×")
        return f"{value * 100:.12g}%" if percent else f"{value:.12g}"

    return [f"{one.path}={end(one, one.low)}:{end(one, one.high)}" for one in desk.sliders if one.low < one.high]


def _table(workbench: Workbench, desk: Desk) -> Table:
    """The table of a deal, laid once, of its sliders where it names no terms; walk-away values come from the folder alone."""
    with desk.lock:
        if desk.table is None:
            given = desk.study.model.deal.negotiation
            for seat in given.parties.values() if given else ():
                if isinstance(seat.walk_away, str):
                    workbench.library.beside(seat.walk_away)
            try:
                desk.table = table(desk.study.path)
            except GraphError:
                if given is not None:
                    raise
                desk.table = table(desk.study.path, terms=_moving(desk))
        return desk.table


def pictured(workbench: Workbench, request: Request) -> Response:
    """The picture of two terms, the packages that are marked on it, and the handle to drag."""
    name = request.path_params["name"]
    desk = workbench.desk(name)
    found, x, y = _plane(workbench, desk, request)
    one, other = found.terms
    place = found.picture.here
    return workbench.page(
        "trade.html.j2", name=name, figure=figure(found.picture, "plane-figure"), x=x, y=y, edges=EDGES,
        terms=[
            {
                "path": term.path, "label": short(term.lever), "low": term.low, "high": term.high, "value": at,
                "step": (term.high - term.low) / 200, "text": _said(term.lever, at),
            }
            for term, at in zip((one, other), place, strict=True)
        ],
        packages=_packages(found), seats=[seat.label for seat in found.table.seats], agreement=found.settled.agreement,
        words=list(WORDS.values()), short=_short(found), **_worth(desk, name, found, *place),
    )  # fmt: skip


def moved(workbench: Workbench, request: Request) -> Response:
    """What every party has at the point."""
    name = request.path_params["name"]
    desk = workbench.desk(name)
    found, _, _ = _plane(workbench, desk, request)
    place = []
    for key, term in zip(("at_x", "at_y"), found.terms, strict=True):
        given = request.query_params.get(key, "")[:40]
        try:
            value = float(given)
        except ValueError:
            raise JvmodelError(f"{short(term.lever)}: '{given}' is not a number") from None
        if not math.isfinite(value):
            raise JvmodelError(f"{short(term.lever)}: '{given}' is not a number that a model can use")
        place.append(min(max(value, term.low), term.high))
    return workbench.page("worth.html.j2", **_worth(desk, name, found, *place))


def _plane(workbench: Workbench, desk: Desk, request: Request) -> tuple[Plane, int, int]:
    laid = _table(workbench, desk)
    known = [str(number) for number in range(len(laid.space.unknowns))]
    chosen = [request.query_params.get(key, "") for key in ("x", "y")]
    if any(one not in known for one in chosen) or chosen[0] == chosen[1]:
        raise GraphError("choose two terms that differ")
    x, y = map(int, chosen)
    with desk.lock:
        if (x, y) not in desk.planes:
            deal = desk.study.model.deal
            desk.planes[x, y] = plane(laid, x, y, palette(deal.parties, deal.ventures))
        return desk.planes[x, y], x, y


def _packages(found: Plane) -> list[dict[str, Any]]:
    """Marked packages: the two terms, and what each party has above its walk-away value."""
    settled = list(found.settled.solutions.values()) or [one for one in (found.settled.nearest,) if one is not None]
    return [
        {
            "label": point.label,
            "at": [_said(term.lever, at) for term, at in zip(found.terms, (point.x, point.y), strict=True)],
            "gains": [_signed(one.gain[party]) for party in found.table.parties], "x": point.x, "y": point.y,
        }
        for point, one in zip(found.picture.points, settled, strict=True)
    ]  # fmt: skip


def _short(found: Plane) -> str:
    """Who lacks how much, where nobody could agree."""
    lacking = [(seat.label, found.settled.shortfall.get(seat.party, 0.0)) for seat in found.table.seats]
    return ", ".join(f"{label} lacks {number(amount, 'USDm')}" for label, amount in lacking if amount)


def _worth(desk: Desk, name: str, found: Plane, x: float, y: float) -> dict[str, Any]:
    with desk.lock:
        worth = found.worth(x, y)
    rows = []
    for seat in found.table.seats:
        value, change, above = worth[seat.party]
        rows.append({
            "party": seat.party, "label": seat.label, "worth": number(value, "USDm"), "change": _signed(change), "up": change > 0,
            "still": _signed(change) == "0.0", "above": _signed(above), "signs": above >= 0,
            "walk": number(seat.walk_away, "USDm"),
        })  # fmt: skip
    return {
        "rows": rows, "agreed": all(one["signs"] for one in rows), "money": f"{desk.study.model.deal.currency}m",
        "leaving": [one["label"] for one in rows if not one["signs"]], "onward": _onward(desk, name, found, x, y),
        "at": [
            {"label": short(term.lever), "text": _said(term.lever, at)} for term, at in zip(found.terms, (x, y), strict=True)
        ],
    }  # fmt: skip


def _onward(desk: Desk, name: str, found: Plane, x: float, y: float) -> str:
    """The address of the table with the package on its sliders; a share that somebody gives is taken from the giver's."""
    values: dict[str, float] = {}
    for term, at in zip(found.terms, (x, y), strict=True):
        path, _, giver = term.path.partition(":")
        values[path] = at
        if giver:
            (other,) = term.lever.others
            values[other] = values.get(other, desk.study.lever(other).base) - (at - term.lever.base)
    there = {one.path for one in desk.sliders}
    asked = [("add", path) for path in values if path not in there] + [(f"v:{path}", f"{at:.15g}") for path, at in values.items()]
    return f"/d/{name}/table?{urlencode(asked)}"


def _said(lever: Lever, value: float) -> str:
    return f"{value:.3g} ×" if lever.unit == "×" else text(value, lever.unit)


def _signed(value: float) -> str:
    shown_as = number(abs(value), "USDm")
    return shown_as if not float(shown_as.replace(",", "")) else f"{'+' if value > 0 else '−'}{shown_as}"


ROUTES = [Route("/d/{name}/trade", shown(pictured)), Route("/d/{name}/trade/at", shown(moved))]
