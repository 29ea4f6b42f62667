"""The command line, as the contract has it: every module here registers its group of commands with the application.

Heavy imports wait until a command needs them.
"""

from importlib import import_module
from pkgutil import iter_modules

from jvmodel.cli.app import app, main

for _module in iter_modules(__path__):
    if _module.name not in ("app", "__main__"):
        import_module(f"{__name__}.{_module.name}")

__all__ = ["app", "main"]
