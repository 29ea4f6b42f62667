"""The command line, as the contract has it: one module for each group of commands, in the order of the help.

Heavy imports wait until a command needs them.
"""

from jvmodel.cli import analysis, deals, simulate
from jvmodel.cli.app import app, main

__all__ = ["analysis", "app", "deals", "main", "simulate"]
