"""Compare: proposals side by side, what differs, who gains and who loses, and what each clause does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jvmodel.errors import JvmodelError
from jvmodel.negotiation.comparison import compare
from jvmodel.report.figures import Bridge, figure
from jvmodel.report.negotiation.comparing import listings
from jvmodel.workbench.app import Workbench, shown
from jvmodel.workbench.trade import on_the_table

if TYPE_CHECKING:
    from jvmodel.model import Model

MOST = 8


def compared(workbench: Workbench, request: Request) -> Response:
    """The deal against those that `?with=NAME` names, and a choice of all others."""
    name = request.path_params["name"]
    desk = workbench.desk(name)
    chosen = list(dict.fromkeys(request.query_params.getlist("with")))
    if len(chosen) > MOST:
        raise JvmodelError(f"{len(chosen)} deals are too many side by side; choose at most {MOST}")
    kin = workbench.library.kin(name)
    others = [_choice(workbench, one, desk.study.model, chosen) for one in kin]
    strangers = [
        {"name": one, "label": one, "chosen": one in chosen}
        for one in workbench.library.names()
        if one != name and one not in kin
    ]
    tables, bridges = [], []
    if chosen:
        found = compare(workbench.library.deal(name), [workbench.library.deal(one) for one in chosen])
        tables = list(listings(found))
        money = f"{found.deal.currency}m"
        party = request.query_params.get("party", next(iter(found.deal.parties)))
        for number, one in enumerate(found.alternatives, start=1):
            if party not in found.parties:
                raise JvmodelError(f"there is no party '{party[:40]}' in the deal")
            steps = [(clause.title, clause.shapley[party]) for clause in one.clauses if clause.shapley.get(party)]
            if steps:
                first = (found.base.title, found.base.figures[party]["npv"])
                title = f"From {found.base.title} to {one.side.title}: value of {found.label(party)}"
                bridges.append(figure(Bridge(title, money, first, tuple(steps), one.side.title), f"bridge-{number}"))
    else:
        party = ""
    parties = [(one, desk.study.model.label(one)) for one in desk.study.model.deal.parties]
    return workbench.page(
        "compare.html.j2", name=name, title=desk.study.model.deal.deal, others=others, strangers=strangers, tables=tables,
        bridges=bridges,
        parties=parties, party=party, **on_the_table(workbench, desk),
    )  # fmt: skip


def _choice(workbench: Workbench, name: str, model: Model, chosen: list[str]) -> dict[str, Any]:
    about = workbench.library.about(name)
    by = model.label(about.by) if about.by in model.parties else about.by
    said = ", ".join(filter(None, (about.title, by, about.date)))
    return {"name": name, "label": f"{name} ({said})" if said else name, "chosen": name in chosen}


ROUTES = [Route("/d/{name}/compare", shown(compared))]
