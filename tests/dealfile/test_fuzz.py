"""Damaged deal files end in exit code 0 or 1 (3 where a check fails): never a traceback, a hang or a NaN."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest

from jvmodel.cli import main
from jvmodel.shipped import deals

SEEDS = ("starter", "kasanga")
JUNK = (
    "", "null", "~", "true", "[]", "{}", "-1", "0", "1e308", "1e400", "-.inf", ".nan", "NaN", "12 USD/lb", "1,000", "２", "'", '"',
    "2027-13", "1900", "9999", "99999999999999999999", "0x10", "1:30", "no", "*a", "&a x", "!!str 1", "|", "a: b", "- x", "\x07", "é",
    "=1+1", "{2027: 5%}", "{flat: x}", "../../etc/passwd", "${HOME}", "100%", "-5%", "1000000%", "venture", "customers",
)  # fmt: skip


def damaged(text: str, draw: random.Random) -> bytes:
    """The text with one to four things broken."""
    lines = text.split("\n")
    for _ in range(draw.randint(1, 4)):
        place = draw.randrange(len(lines))
        line = lines[place]
        what = draw.randrange(11)
        if what == 0:
            del lines[place]
        elif what == 1:
            lines.insert(place, line)
        elif what == 2:
            other = draw.randrange(len(lines))
            lines[place], lines[other] = lines[other], line
        elif what == 3:
            lines[place] = " " * draw.randint(0, 9) + line.strip()
        elif what == 4 and ":" in line:
            lines[place] = line.split(":", maxsplit=1)[0] + ": " + draw.choice(JUNK)
        elif what == 5:
            words = line.split(" ")
            words[draw.randrange(len(words))] = draw.choice(JUNK)
            lines[place] = " ".join(words)
        elif what == 6 and line:
            at = draw.randrange(len(line))
            lines[place] = (
                line[:at]
                + chr(draw.choice([0, 9, 34, 58, 91, 123, 0x7F, 0x2028, 0x1F600, draw.randrange(32, 127)]))
                + line[at + 1 :]
            )
        elif what == 7:
            lines = lines[: max(1, place)]
        elif what == 8:
            digits = [at for at, character in enumerate(line) if character.isdigit()]
            if digits:
                at = draw.choice(digits)
                lines[place] = line[:at] + draw.choice(["9" * 30, "-", ".", "e9", "0", "%"]) + line[at + 1 :]
        elif what == 9:
            lines[place] = line.replace(":", draw.choice(["::", " :", ":", "="]), 1)
        else:
            lines[place] = "[" * draw.randint(1, 3000) + line
    raw = "\n".join(lines).encode("utf-8", "surrogatepass")
    if draw.random() < 0.08:
        at = draw.randrange(max(1, len(raw)))
        raw = draw.choice([raw[:at], raw[:at] + bytes([draw.randrange(256)]) + raw[at:], raw.decode().encode("utf-16")])
    return raw


def fuzz(tmp_path: Path, capsys: pytest.CaptureFixture[str], count: int, seed: int) -> dict[int, int]:
    draw = random.Random(seed)
    texts = {}
    for name in SEEDS:
        texts[name] = (deals() / f"{name}.yaml").read_text(encoding="utf-8")
        (tmp_path / f"{name}_mine_plan.csv").write_bytes((deals() / f"{name}_mine_plan.csv").read_bytes())
    path, codes = tmp_path / "damaged.yaml", dict.fromkeys((0, 1, 3), 0)
    for number in range(count):
        content = damaged(texts[draw.choice(SEEDS)], draw)
        path.write_bytes(content)
        start = time.process_time()
        with pytest.raises(SystemExit) as ended:
            main(["run", str(path), "--json"])
        code = int(ended.value.code or 0)
        out = capsys.readouterr()
        where = f"file {number} of seed {seed}: {out.err[:300]}"
        assert code in codes, where
        assert "Traceback" not in out.err, where
        assert time.process_time() - start < 20, where
        if code == 1:
            assert out.err.strip(), where
            assert not out.out, where
        else:
            json.loads(out.out, parse_constant=lambda text, where=where: pytest.fail(f"{text} in {where}"))
        codes[code] += 1
    return codes


def test_a_hundred_damaged_deals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    codes = fuzz(tmp_path, capsys, 100, 1)
    assert codes[1] > 30, "most damage is found"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_a_thousand_damaged_deals(seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    codes = fuzz(tmp_path, capsys, 500, seed)
    assert codes[1] > 150
    assert codes[0] > 25
