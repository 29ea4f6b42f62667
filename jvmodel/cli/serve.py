"""`jvmodel serve`: the workbench in the browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from jvmodel.cli.app import app
from jvmodel.errors import OutputError

PASSWORD = "JVMODEL_PASSWORD"


@app.command()
def serve(
    folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="Folder of deals; here when not given.")] = Path(),
    port: Annotated[int, typer.Option(metavar="P", min=0, max=65535, help="Port to listen on.")] = 8765,
    host: Annotated[str, typer.Option(metavar="H", help="Address to listen on; only this machine when not given.")] = "127.0.0.1",
) -> None:
    """Open the workbench in the browser: deals, the negotiating table, comparison, risk, the model, an editor."""
    if not folder.is_dir():
        raise OutputError(f"{folder} is not a folder; name the folder of your deals")
    password = os.environ.get(PASSWORD) or None
    here = host in ("127.0.0.1", "localhost", "::1")
    if not here and password is None:
        raise OutputError(
            f"--host {host} lets other machines in, so a password is needed:"
            f" set the environment variable {PASSWORD} and start again"
        )
    from threading import Thread

    import uvicorn

    from jvmodel.workbench.app import create_app
    from jvmodel.workbench.desk import warm
    from jvmodel.workbench.safety import LOOPBACK, Guard

    if not here:
        typer.echo(
            "The password keeps out whoever does not know it. It does not hide what is sent: use it on a network that you trust,"
            " or behind a server that speaks HTTPS."
        )
    typer.echo(f"workbench for {folder.resolve()}: http://{'localhost' if here else host}:{port}  (Ctrl-C stops it)")
    Thread(target=warm, daemon=True).start()
    application = create_app(folder, Guard(LOOPBACK if here else None, password))
    uvicorn.run(application, host=host, port=port, log_level="warning", access_log=False, server_header=False)
