"""Figures in a Word document: as SVG for Word, as PNG for programs that cannot draw it, with their words as alternative text."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

from jvmodel.errors import OutputError
from jvmodel.report.figures import Drawing
from jvmodel.report.figures.drawing import alone

FULL, DOTS = 720.0, 1440
"""Width of a drawing that fills the page between its margins, and the dots across it."""
MILLIMETRES, EMU = 165.0, 36_000
"""The same in millimetres, and a millimetre in the units of Office."""
SVG_PART = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"
SVG_USE = "{96DAC541-7B7A-43D3-8B79-37D633B846F1}"
"""Name that Office gives to an SVG beside a picture (MS-ODRAWXML 2.25)."""
FAMILIES = ("Liberation Sans", "Arial", "Helvetica", "DejaVu Sans", "Noto Sans")
"""Typefaces for the raster, the first that the machine has: as wide as Arial, by which drawings are laid out, or nearly."""
PROBE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><text x="2" y="16" font-family="sans-serif">{}</text></svg>'


def png(svg: str, dots: int) -> bytes:
    """An SVG as PNG on white, so many dots wide; raises OutputError where the machine has no typeface to write with."""
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=dots, background="#ffffff", sans_serif_family=_family()))


@cache
def _family() -> str:
    """The first typeface in which letters show."""
    found = next((family for family in FAMILIES if _writes(family)), None)
    if found is None:
        raise OutputError(
            f"the figures of a Word document need one of these typefaces: {', '.join(FAMILIES)}; install one (on Debian:"
            " apt-get install fonts-liberation), or write .html"
        )
    return found


def _writes(family: str, **fonts: Any) -> bool:
    import resvg_py

    blank, written = (
        resvg_py.svg_to_bytes(svg_string=PROBE.format(text), width=20, sans_serif_family=family, **fonts) for text in ("", "M")
    )
    return bytes(blank) != bytes(written)


class Picture:
    """A drawing at its place in a template of docxtpl."""

    def __init__(self, template: Any, drawing: Drawing, number: int) -> None:
        self.template, self.drawing, self.number = template, drawing, number

    def __html__(self) -> str:
        """The XML of the picture, to stand where a run's text was."""
        from docx.opc.packuri import PackURI
        from docx.opc.part import Part
        from docx.oxml import parse_xml

        part, drawing = self.template.current_rendering_part, self.drawing
        svg = alone(drawing, f"figure-{self.number}")
        wide = round(MILLIMETRES * EMU * min(1.0, drawing.width / FULL))
        raster = io.BytesIO(png(svg, round(DOTS * min(1.0, drawing.width / FULL))))
        inline = part.new_pic_inline(raster, wide, round(wide * drawing.height / drawing.width))
        inline.docPr.set("id", str(self.number))
        inline.docPr.set("name", f"Figure {self.number}")
        inline.docPr.set("title", drawing.title)
        inline.docPr.set("descr", f"{drawing.title}. {drawing.described}")
        vector = Part(PackURI(f"/word/media/figure{self.number}.svg"), "image/svg+xml", svg.encode(), part.package)
        link = part.relate_to(vector, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image")
        inline.graphic.graphicData.pic.blipFill.blip.append(parse_xml(
            '<a:extLst xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
            ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
            f'<a:ext uri="{SVG_USE}"><asvg:svgBlip xmlns:asvg="{SVG_PART}" r:embed="{link}"/></a:ext></a:extLst>'
        ))  # fmt: skip
        return f'</w:t></w:r><w:r><w:drawing>{inline.xml}</w:drawing></w:r><w:r><w:t xml:space="preserve">'


__all__ = ["Picture", "png"]
