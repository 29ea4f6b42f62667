"""The command that runs a deal for many trials: simulate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from jvmodel.cli.answering import Out, answered
from jvmodel.cli.app import AsJson, Changes, DealPath, app
from jvmodel.errors import OutputError

if TYPE_CHECKING:
    from jvmodel.analysis.scenarios import Scenarios
    from jvmodel.analysis.simulate import Progress, Simulation
    from jvmodel.analysis.spread import Spread

BAR, WIDE = 12, 108
"""Characters of the progress bar, and of a terminal that has room for all that is said beside it."""
OTHERS = (".csv", ".docx", ".duckdb", ".htm", ".json", ".pdf", ".txt", ".xls", ".xlsm", ".yaml", ".zip")
"""Endings of files that are none of ours."""
Trials = Annotated[int | None, typer.Option("--trials", metavar="N", min=64, help="Trials; the deal's own number if not given.")]
Seed = Annotated[int | None, typer.Option("--seed", metavar="S", min=0, help="Seed; the same one gives the same trials.")]
Workers = Annotated[int | None, typer.Option("--workers", metavar="W", min=1, help="Threads; one a processor if not given.")]
Method = Annotated[
    Literal["sobol", "lhs", "random"] | None,
    typer.Option("--sampling", help="Sobol points, Latin hypercubes or random numbers."),
]


Dask = Annotated[str | None, typer.Option("--dask", metavar="ADDRESS", help="Scheduler of a Dask cluster: tcp://host:8786.")]


def _place(out: Path | None) -> Path | None:
    """The file or folder; a name that looks like a file of another kind is refused before any trial is run."""
    if out is not None and out.suffix.lower() in OTHERS and not out.is_dir():
        raise OutputError(
            f"--out {out}: trials go into a .parquet file or a folder, the answer into .html or .xlsx; choose one of"
            " these endings"
        )
    return out


Where = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="FILE|FOLDER", callback=_place,
        help="Write all trials: FILE.parquet, or a folder, into which a run can be resumed; or the answer: .html or .xlsx.",
    ),
]  # fmt: skip


@app.command()
def simulate(
    deal: DealPath, trials: Trials = None, seed: Seed = None, workers: Workers = None, dask: Dask = None, out: Where = None,
    sampling: Method = None, as_json: AsJson = False, changes: Changes = None,
) -> None:  # fmt: skip
    """Run a deal for many trials of its risk register: what each party may get, and how likely it is to lose."""
    from jvmodel.analysis.scenarios import Scenarios
    from jvmodel.analysis.stored import write_file
    from jvmodel.report import questions
    from jvmodel.report.negotiation.paper import PAPERS

    scenarios = Scenarios.of(deal, changes or (), trials=trials, seed=seed, sampling=sampling)
    paper = out if out is not None and out.suffix in PAPERS else None
    stored = None if paper is not None else out
    single = stored is not None and stored.suffix == ".parquet"
    found = _run(scenarios, workers, dask, None if single else stored)
    if single and stored is not None:
        stored.parent.mkdir(parents=True, exist_ok=True)
        write_file(stored, scenarios, found.columns, found.done)
    told = questions.simulation(found)
    answered(told, as_json=as_json, out=paper, deal=(deal, changes))
    if stored is not None and not as_json:
        typer.echo(f"wrote {stored}")


def _run(scenarios: Scenarios, workers: int | None, dask: str | None, folder: Path | None) -> Simulation:
    from jvmodel.analysis.simulate import simulate as run

    with _Shown(scenarios.register.trials) as shown:
        return run(scenarios, workers=workers, dask=dask, folder=folder, progress=shown)


class _Shown:
    """A bar on standard error with the current P50 of the venture and its error; nothing where that is not a terminal."""

    def __init__(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        self.bar = Progress(
            TextColumn("trials"), BarColumn(BAR), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.fields[said]}"),
            console=console, transient=True, disable=not console.is_terminal,
        )  # fmt: skip
        self.task = self.bar.add_task("trials", total=total, said="Ctrl-C keeps what is done")

    def __enter__(self) -> Progress | None:
        self.bar.start()
        return None if self.bar.disable else self.show

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def show(self, done: int, so_far: Spread) -> None:
        """Moves the bar."""
        said = f"venture NPV P50 {so_far.percentiles[0.5]:,.1f} ± {so_far.errors.get(0.5, float('nan')):,.1f}"
        hint = " · Ctrl-C keeps what is done" if self.bar.console.width >= WIDE else ""
        self.bar.update(self.task, completed=done, said=said + hint)


@app.command()
def risk(
    deal: DealPath,
    without: Annotated[
        str | None, typer.Option("--without", metavar="TERM", help="Say what this clause brings each party, by the same trials.")
    ] = None,
    clauses: Annotated[bool, typer.Option("--clauses", help="Say what every clause brings each party.")] = False,
    trials: Trials = None, seed: Seed = None, workers: Workers = None, sampling: Method = None, as_json: AsJson = False,
    out: Out = None, changes: Changes = None,
) -> None:  # fmt: skip
    """Say who bears which risk, and what a clause moves between the parties."""
    from jvmodel.analysis.risk import clause_effect, clause_menu, risk_table
    from jvmodel.analysis.scenarios import Scenarios
    from jvmodel.report import questions

    scenarios = Scenarios.of(deal, changes or (), trials=trials, seed=seed, sampling=sampling)
    if without is not None:
        found = questions.clause(clause_effect(scenarios, without, workers=workers))
    elif clauses:
        found = questions.menu(clause_menu(scenarios, workers=workers))
    else:
        found = questions.risk_shares(risk_table(scenarios, workers=workers))
    answered(found, as_json=as_json, out=out, deal=(deal, changes))


@app.command()
def drivers(
    deal: DealPath,
    metric: Annotated[str, typer.Option("--metric", metavar="M", help="Figure, such as northvale.irr.")] = "venture.npv",
    below: Annotated[float, typer.Option("--below", metavar="X", help="Limit whose region of risks is looked for.")] = 0.0,
    trials: Trials = None, seed: Seed = None, workers: Workers = None, sampling: Method = None, as_json: AsJson = False,
    out: Out = None, changes: Changes = None,
) -> None:  # fmt: skip
    """Say which risks move a figure, and the region of risks in which it fails."""
    from jvmodel.analysis.drivers import drivers as found_by
    from jvmodel.analysis.scenarios import Scenarios
    from jvmodel.report import questions

    scenarios = Scenarios.of(deal, changes or (), trials=trials, seed=seed, sampling=sampling)
    found = questions.drivers(found_by(scenarios, metric, limit=below, workers=workers))
    answered(found, as_json=as_json, out=out, deal=(deal, changes))
