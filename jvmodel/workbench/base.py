"""The deal that a proposal is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jvmodel.dealfile import load
from jvmodel.errors import JvmodelError
from jvmodel.shipped import examples

if TYPE_CHECKING:
    from jvmodel.deal import Deal
    from jvmodel.workbench.app import Workbench


def base_deal(workbench: Workbench, base: str) -> Deal:
    """The deal that a proposal is over: of the folder, or an example; raises JvmodelError where there is none without faults."""
    workbench.library.beside(base)
    if (workbench.library.folder / base).is_file():
        return workbench.desk(base.removesuffix(".yaml")).study.model.deal
    if base not in examples():
        raise JvmodelError(f"there is no deal '{base}' in this folder")
    return load(base)
