"""Colours: one for the venture, and one a party by its place in the deal, the same in every page, figure and workbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jvmodel.account import VENTURE

INK, GREY, LINE, PALE, WHITE = "#1f2933", "#5b6673", "#d5dbe1", "#eef1f5", "#ffffff"
ZONE = "#dcebe1"
"""Where all could agree: seen on a projector too."""
ACCENT = "#1f4e79"
"""Headings and the venture."""
GAIN, LOSS = "#2c7a4b", "#a32020"
COLOURS = (
    "#1f6fa8", "#b0741a", "#2c7a4b", "#8a5a83", "#b5523b", "#32808a", "#6b6f1e", "#a8477a", "#4a4e9e", "#7a5c3e", "#5b6673",
)  # fmt: skip
"""Each has a contrast of at least 3.8 to white, and neighbours differ in lightness."""


def palette(parties: Iterable[str], ventures: Iterable[str] = ()) -> Mapping[str, str]:
    """The colour of the venture and of every party, by the order of the deal.

    >>> palette(["ann", "bob"])
    {'venture': '#1f4e79', 'ann': '#1f6fa8', 'bob': '#b0741a'}
    """
    own = {VENTURE: ACCENT} | dict.fromkeys(ventures, ACCENT)
    return own | {party: COLOURS[place % len(COLOURS)] for place, party in enumerate(parties)}
