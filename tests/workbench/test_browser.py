"""The workbench as a person uses it: Chromium drives every page; nothing is asked of another host, nothing goes wrong unseen."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jvmodel.cli import main
from jvmodel.report.figures.trade_off import BOTTOM, LEFT, RIGHT, TOP
from jvmodel.shipped import deals

pytestmark = pytest.mark.slow

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
)  # fmt: skip
if CHROMIUM is None and not os.environ.get("JVMODEL_CI"):
    pytest.skip("the browser tests need Chromium: apt-get install chromium", allow_module_level=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("deals")
    for name in ("kasanga.yaml", "kasanga_mine_plan.csv"):
        shutil.copy(deals() / name, found)
    (found / "offer.yaml").write_text("base: kasanga.yaml\nchanges:\n  terms.carry.rate: 6%\n")
    return found


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    import uvicorn

    from jvmodel.workbench.app import create_app

    server = uvicorn.Server(uvicorn.Config(create_app(folder), port=0, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://localhost:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as found:
        chromium = found.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """A page on which whatever the console says, every request elsewhere, and every 5xx is a fault."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    found = context.new_page()
    wrong: list[str] = []
    found.on(
        "console", lambda message: wrong.append(f"console: {message.text}") if message.type in ("error", "warning") else None
    )
    found.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    found.on(
        "request", lambda request: None if request.url.startswith((address, "data:", "blob:")) else wrong.append(request.url)
    )
    found.on("response", lambda response: wrong.append(f"{response.status} {response.url}") if response.status >= 500 else None)
    yield found
    context.close()
    assert [one for one in wrong if "status of 409" not in one and "status of 422" not in one] == []


def figure_of(page: Any, party: str) -> str:
    return str(page.locator(f"tr[data-party={party}] .now").first.inner_text())


def until(true: Callable[[], bool], page: Any) -> None:
    """Waits until something is so; the page's policy forbids what Playwright's own waiting would evaluate."""
    for _ in range(200):
        if true():
            return
        page.wait_for_timeout(50)
    pytest.fail("it did not come about within ten seconds")


def slide(page: Any, path: str, value: float) -> None:
    """Moves a slider as a hand does, and waits for the figures."""
    slider = page.locator(f'input[name="v:{path}"]')
    with page.expect_response(lambda response: response.url.endswith("/move")):
        slider.evaluate(f"one => {{ one.value = {value}; one.dispatchEvent(new Event('input', {{bubbles: true}})); }}")
    slider.evaluate("one => one.dispatchEvent(new Event('change', {bubbles: true}))")
    page.wait_for_timeout(250)


def test_sliders_move_every_figure_and_can_be_taken_back(page: Any, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    page.goto(f"{address}/d/kasanga/table")
    before = figure_of(page, "northvale")
    slide(page, "prices.copper.flat", 8000)
    with pytest.raises(SystemExit):
        main(["run", "kasanga", "--json", "--set", "prices.copper.flat=8000"])
    parties = json.loads(capsys.readouterr().out)["parties"]
    for party in ("venture", "plateau", "northvale", "tansei", "treasury"):
        assert figure_of(page, party) == f"{parties[party]['npv']:,.1f}".replace("-", "−")
    page.locator("#undo").click()
    until(lambda: figure_of(page, "northvale") == before, page)
    page.locator("#redo").click()
    until(lambda: figure_of(page, "northvale") != before, page)
    slide(page, "terms.company.interests.plateau", 0.25)
    held = [
        float(page.locator(f'input[name="v:terms.company.interests.{party}"]').input_value())
        for party in ("plateau", "northvale", "tansei")
    ]
    assert held == pytest.approx([0.25, 0.75 * 60 / 85, 0.75 * 25 / 85], abs=1e-6)
    page.locator("#reset").click()
    until(lambda: figure_of(page, "northvale") == before, page)


def test_exact_values_and_keys(page: Any, address: str) -> None:
    page.goto(f"{address}/d/kasanga/table")
    before = figure_of(page, "treasury")
    exact = page.locator(
        '.slider:has(input[name="v:discount_rate"]) .exact, .slider:has(input[name="v:terms.offtake.discount"]) .exact'
    ).first
    exact.fill("3%")
    exact.press("Enter")
    until(lambda: figure_of(page, "treasury") != before, page)
    assert float(page.locator('input[name="v:terms.offtake.discount"]').input_value()) == pytest.approx(0.03)
    slider = page.locator('input[name="v:prices.copper.flat"]')
    slider.focus()
    was = float(slider.input_value())
    slider.press("ArrowRight")
    page.wait_for_timeout(300)
    assert float(slider.input_value()) > was
    assert "USD/t" in slider.get_attribute("aria-valuetext")


def test_a_proposal_is_kept_and_compared(page: Any, address: str, folder: Path) -> None:
    page.goto(f"{address}/d/kasanga/table")
    slide(page, "terms.company.interests.plateau", 0.2)
    page.get_by_label("Name", exact=True).fill("offer_1")
    page.get_by_label("By", exact=True).fill("State")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.locator("#kept").get_by_role("link", name="Compare").click()
    page.wait_for_selector("text=clauses that differ")
    assert "Plateau Mines State Company 15% → 20%" in page.content()
    assert (folder / "offer_1.yaml").exists()


def test_a_point_is_dragged_over_two_terms(page: Any, address: str) -> None:
    """Dragged to the middle of the plane, the point has the middle of both terms; a key moves it on by a step."""
    page.goto(f"{address}/d/kasanga/compare")
    page.wait_for_selector("#plane-picture", timeout=60_000)
    svg = page.locator("#plane-picture svg")
    svg.scroll_into_view_if_needed()
    box = svg.bounding_box()
    scale = box["width"] / 720
    page.mouse.move(box["x"] + 120 * scale, box["y"] + 120 * scale)
    page.mouse.down()
    page.mouse.move(box["x"] + (LEFT + RIGHT) / 2 * scale, box["y"] + (TOP + BOTTOM) / 2 * scale, steps=6)
    page.mouse.up()
    across, upwards = page.locator("#here-1"), page.locator("#here-2")
    assert float(across.input_value()) == pytest.approx(0.2, abs=1e-3)
    assert float(upwards.input_value()) == pytest.approx(0.08, abs=2e-4)
    until(lambda: "20" in page.locator("#worth .at b").first.inner_text(), page)
    before = page.locator('tr[data-seat="northvale"]').inner_text()
    across.focus()
    across.press("PageUp")
    until(lambda: page.locator('tr[data-seat="northvale"]').inner_text() != before, page)
    page.get_by_role("button", name="Put the point on Nash").click()
    until(lambda: "Everybody could accept this." in page.locator("#worth").inner_text(), page)


def test_a_finger_drags_the_point_and_scrolls_beside_it(browser: Any, address: str) -> None:
    """On a phone: a tap puts the point there, a finger on it drags it, and a finger elsewhere leaves it where it is."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{address}/d/kasanga/compare")
    page.wait_for_selector("#plane-picture", timeout=60_000)
    svg, across = page.locator("#plane-picture svg"), page.locator("#here-1")
    svg.scroll_into_view_if_needed()
    box = svg.bounding_box()
    scale = box["width"] / 720
    page.touchscreen.tap(box["x"] + (LEFT + RIGHT) / 2 * scale, box["y"] + (TOP + BOTTOM) / 2 * scale)
    assert float(across.input_value()) == pytest.approx(0.2, abs=2e-3)
    touch = context.new_cdp_session(page)

    def finger(x: float, y: float) -> None:
        """From a place of the plane to 40 pixels to its left, which is 40 / 438 of its breadth at this scale."""
        for kind, at in (("touchStart", 0), ("touchMove", -20), ("touchMove", -40), ("touchEnd", None)):
            points = [] if at is None else [{"x": x + at, "y": y}]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    handle = page.locator(".handle").bounding_box()
    assert handle["width"] >= 36, "as wide as a fingertip"
    finger(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    moved = 0.2 - 40 / scale / (RIGHT - LEFT) * 0.2
    until(lambda: float(across.input_value()) == pytest.approx(moved, abs=3e-3), page)
    finger(box["x"] + (RIGHT - 30) * scale, box["y"] + (TOP + 40) * scale)
    page.wait_for_timeout(200)
    assert float(across.input_value()) == pytest.approx(moved, abs=3e-3)
    context.close()


def test_a_held_figure_is_kept_undone_and_let_go(page: Any, address: str) -> None:
    """The rate of a party is held while the price moves and the offtake discount gives way; undo takes both back; then it is let go."""
    page.goto(f"{address}/d/kasanga/table")
    rate = page.locator("tr[data-party=northvale] .now").nth(1)
    discount, before = page.locator('input[name="v:terms.offtake.discount"]'), rate.inner_text()
    page.get_by_label("Figure", exact=False).and_(page.locator("select")).select_option("northvale.irr")
    page.get_by_label("What gives way").select_option("terms.offtake.discount")
    page.get_by_role("button", name="Hold it").click()
    page.wait_for_selector("text=held at")
    slide(page, "prices.copper.flat", 9180)
    assert rate.inner_text() == before
    given = float(discount.input_value())
    assert given != pytest.approx(0.015, abs=1e-6)
    assert "gave way to hold" in page.locator("#position").inner_text()
    page.keyboard.press("Control+z")
    until(lambda: float(discount.input_value()) == pytest.approx(0.015, abs=1e-4), page)
    assert not page.locator("#undo").is_enabled()
    page.keyboard.press("Control+y")
    until(lambda: float(discount.input_value()) == pytest.approx(given, abs=1e-6), page)
    page.get_by_role("button", name="Let go").click()
    slide(page, "prices.copper.flat", 9500)
    until(lambda: rate.inner_text() != before, page)
    assert float(discount.input_value()) == pytest.approx(given, abs=1e-6)


def test_figures_stay_in_view_while_the_last_slider_is_moved(page: Any, address: str) -> None:
    page.set_viewport_size({"width": 1400, "height": 800})
    page.goto(f"{address}/d/kasanga/table")
    page.locator('input[name="v:terms.community.rate"], .slider input[type=range]').last.scroll_into_view_if_needed()
    assert page.locator("tr[data-party=venture]").bounding_box()["y"] >= 0


def test_an_edit_is_checked_saved_and_restored_and_never_overwrites_another(page: Any, address: str, folder: Path) -> None:
    shutil.copy(folder / "kasanga.yaml", folder / "edited.yaml")
    first = (folder / "edited.yaml").read_text()
    page.goto(f"{address}/d/edited/edit")
    other = page.context.new_page()
    other.goto(f"{address}/d/edited/edit")
    area = page.locator("#text")
    area.fill(first.replace("rate: 3.5%", "rate: 350%", 1))
    page.wait_for_selector("text=350% is too high")
    page.locator("#faults button").first.click()
    assert "350%" in page.evaluate(
        "document.getElementById('text').value.slice(document.getElementById('text').selectionStart, document.getElementById('text').selectionEnd)"
    )
    area.fill(first.replace("rate: 3.5%", "rate: 4%", 1))
    page.wait_for_selector("text=No faults.")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("text=Saved.")
    other.locator("#text").fill(first + "# mine\n")
    other.get_by_role("button", name="Save").click()
    other.wait_for_selector("text=was saved from another window")
    other.close(run_before_unload=False)
    page.goto(f"{address}/d/edited/version/1")
    assert page.locator(".diff .added").all_inner_texts() != []
    page.get_by_role("button", name="Bring version 1 back").click()
    page.wait_for_selector("text=Version 1 is back")
    assert (folder / "edited.yaml").read_text() == first


def test_upload_new_and_rename(page: Any, address: str, folder: Path, tmp_path: Path) -> None:
    page.goto(address)
    (tmp_path / "brought.yaml").write_text((deals() / "starter.yaml").read_text())
    page.get_by_label("Deal (.yaml) or table (.csv, .xlsx)").set_input_files(str(tmp_path / "brought.yaml"))
    page.get_by_role("button", name="Upload").click()
    page.wait_for_selector("#text")
    page.goto(address)
    page.get_by_label("Name", exact=True).fill("fresh")
    page.get_by_role("button", name="Make it").click()
    page.wait_for_selector("tr[data-party=venture]")
    page.goto(address)
    page.get_by_label("Copy or rename fresh").click()
    page.locator("#to-fresh").fill("renamed")
    page.locator("tr:has(#to-fresh)").get_by_role("button", name="Rename").click()
    page.wait_for_selector("text=renamed")
    assert sorted(path.stem for path in folder.glob("*.yaml") if path.stem in ("fresh", "renamed")) == ["renamed"]


def test_a_proposal_is_edited_as_a_form(page: Any, address: str, folder: Path) -> None:
    """A number is chosen and added, a fault is told at its field with the keyboard there, and what is saved is told."""
    (folder / "formed.yaml").write_text("base: kasanga.yaml\nchanges:\n  terms.carry.rate: 6%\n")
    page.goto(f"{address}/d/formed/edit")
    page.get_by_role("link", name="Changes").click()
    assert page.get_by_label("Carry of the state company: interest a year on the balance", exact=True).input_value() == "6%"
    page.get_by_label("Change another number").select_option("terms.royalty.rate")
    page.get_by_role("button", name="Add it").click()
    field = page.get_by_label("State royalty: royalty rate", exact=True)
    field.wait_for()
    assert field.input_value() == "3.5%"
    field.fill("350%")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("#saved >> text=350% is too high")
    assert field.get_attribute("aria-invalid") == "true"
    assert page.evaluate("document.activeElement.name") == "c:terms.royalty.rate"
    assert "350% is too high" in page.locator(f"#{field.get_attribute('aria-describedby')}".replace(".", "\\.")).inner_text()
    field.fill("4%")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("text=State royalty: royalty rate: 3.5% → 4%")
    assert page.locator("[aria-invalid]").count() == 0
    assert "terms.royalty.rate: 4%" in (folder / "formed.yaml").read_text()
    page.get_by_role("link", name="compare it with its base").click()
    page.wait_for_selector("text=clauses that differ")


def test_numbers_by_year_are_pasted_into_a_proposal(page: Any, address: str, folder: Path) -> None:
    """A line of a spreadsheet with its years finds its places, is carried on, and saved; what cannot be saved stays typed."""
    (folder / "priced.yaml").write_text("base: kasanga.yaml\n")
    page.goto(f"{address}/d/priced/changes")
    page.get_by_role("button", name="Add it").click()
    page.wait_for_selector("#saved >> text=choose a number of the deal first")
    page.get_by_label("Change another number").select_option("prices.copper.by_year")
    page.get_by_role("button", name="Add it").click()
    field = page.get_by_label("Copper: price, 2027", exact=True)
    field.wait_for()
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("#saved >> text=give at least one number, or take the change out")
    field.evaluate(
        """one => { const copied = new DataTransfer(); copied.setData("text", "2027\\t2028\\t2029\\n9,000\\t9100\\t9150\\n");
        one.dispatchEvent(new ClipboardEvent("paste", { clipboardData: copied, bubbles: true })); }"""
    )
    page.get_by_role("button", name="Carry on").click()
    page.get_by_label("By", exact=True).fill("State")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("text=Copper: price: 2027 9000; 2028 9100; 2029 9150")
    assert "prices.copper.by_year: {2027: 9000, 2028: 9100, 2029: 9150, 2030: 9150," in (folder / "priced.yaml").read_text()
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("#saved >> text=nothing was changed")
    assert page.get_by_label("By", exact=True).input_value() == "State", "the form is still there"


def test_a_clause_is_added_as_a_form(page: Any, address: str, folder: Path) -> None:
    """Its kind is chosen, what is missing is told at its field, and the proposal has it; then it is opened again."""
    (folder / "claused.yaml").write_text("base: kasanga.yaml\n")
    page.goto(f"{address}/d/claused/changes")
    page.get_by_label("Add a clause").select_option("community_levy")
    page.get_by_role("button", name="Write it").click()
    page.get_by_label("Name of this term").fill("second_levy")
    page.get_by_role("button", name="Save the clause").click()
    page.wait_for_selector("#saved >> text=is missing; the clause needs it")
    field = page.locator("[aria-invalid]").first
    assert page.evaluate("document.activeElement.id") == field.get_attribute("id")
    page.locator('[id="f-rate"]').fill("0.5%")
    for missing in page.locator("select[aria-invalid]").all():
        missing.select_option(index=1)
    page.get_by_role("button", name="Save the clause").click()
    page.wait_for_url("**/d/claused/changes")
    assert "kind: community_levy, name: second_levy" in (folder / "claused.yaml").read_text()
    page.get_by_role("link", name="second_levy").click()
    page.wait_for_selector("text=Edit the clause")
    assert page.locator('[id="f-rate"]').input_value() == "0.5%"


def test_another_number_comes_to_the_table_and_what_was_moved_stays(page: Any, address: str) -> None:
    page.goto(f"{address}/d/kasanga/table")
    slide(page, "terms.company.interests.plateau", 0.2)
    moved = figure_of(page, "northvale")
    page.get_by_label("On the table as well").select_option("terms.income_tax.rate.flat")
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_selector('input[name="v:terms.income_tax.rate.flat"]')
    assert float(page.locator('input[name="v:terms.company.interests.plateau"]').input_value()) == pytest.approx(0.2)
    assert figure_of(page, "northvale") == moved


def test_trials_run_with_progress_and_stop(page: Any, address: str) -> None:
    page.goto(f"{address}/d/kasanga/risk")
    page.select_option("select[name=trials]", "4096")
    page.get_by_role("button", name="Run").click()
    page.wait_for_selector("#answer tr[data-party=northvale]", timeout=60_000)
    page.select_option("select[name=trials]", "262144")
    page.get_by_role("button", name="Run").click()
    page.get_by_role("button", name="Stop").click()
    page.wait_for_selector("#answer >> text=Stopped.", timeout=30_000)


def test_a_number_is_followed_to_its_inputs(page: Any, address: str) -> None:
    page.goto(f"{address}/d/kasanga/model?sheet=Fiscal")
    page.get_by_role("button", name="Royalty payable, 2033: ").click()
    page.wait_for_selector("text=Royalty rate = 3.5%")
    page.get_by_role("button", name="Follow further").click()
    page.wait_for_selector("text=Price")
    assert "= Royalty at the rate" in page.locator("tr", has_text="Royalty payable").first.inner_text()
    page.keyboard.press("Escape")
    until(lambda: page.locator("#trace").inner_text() == "", page)
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Royalty payable, 2033: ")


PAGES = (
    "/", "/d/kasanga/table", "/d/kasanga/compare", "/d/kasanga/risk", "/d/kasanga/model?sheet=Partners", "/d/kasanga/edit",
    "/d/kasanga/numbers", "/d/offer/changes", "/d/offer/clause?kind=senior_loan",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_accessible_and_fit(page: Any, address: str, path: str) -> None:
    """axe finds no serious fault, light or dark; nothing is wider than a phone or a projector."""
    from axe_playwright_python.sync_playwright import Axe

    page.goto(address + path)
    if path.endswith("compare"):
        page.wait_for_selector("#plane-picture", timeout=60_000)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(200)
        serious = [
            f"{scheme}: {one['id']}: {one['nodes'][0]['html'][:160]}"
            for one in Axe().run(page).response["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        assert serious == []
    for width in (375, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(100)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        narrow = "[...document.querySelectorAll('main tbody th:not(figure th)')].filter(one => one.offsetWidth && one.offsetWidth < 70).length"
        assert page.evaluate(narrow) == 0, "names are not broken letter by letter"


@pytest.mark.parametrize("path", PAGES)
def test_every_stop_of_the_keyboard_is_seen(page: Any, address: str, path: str) -> None:
    """Whatever Tab comes to has a frame around it and stands within the window."""
    page.goto(address + path)
    page.wait_for_timeout(300)
    unseen, first = [], ""
    for _ in range(60):
        page.keyboard.press("Tab")
        at = page.evaluate(
            """() => { const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
            return { name: one.outerHTML.slice(0, 120), body: one === document.body, framed: style.outlineStyle !== "none",
            within: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth }; }"""
        )
        if at["body"] or at["name"] == first:
            break
        first = first or at["name"]
        if not (at["framed"] and at["within"]):
            unseen.append(at["name"])
    assert unseen == []


def test_print_leaves_out_what_cannot_be_pressed_and_shows_the_whole_text(page: Any, address: str) -> None:
    page.goto(f"{address}/d/kasanga/edit")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator(".printed").inner_text().strip() == page.locator("#text").evaluate("one => one.value").strip()
    assert not page.get_by_role("button", name="Save").is_visible()
    page.emulate_media(media="screen")
    assert not page.locator(".printed").is_visible()
    page.goto(f"{address}/d/kasanga/table")
    page.emulate_media(media="print")
    assert [page.locator(one).first.is_visible() for one in ("nav", "input[type=range]", "fieldset", ".figures", "figure")] == [
        False, False, False, True, True,
    ]  # fmt: skip


def test_every_control_is_reached_by_keys(page: Any, address: str) -> None:
    """Tab goes from the link that skips the head through the pages of the deal to the first slider."""
    page.goto(f"{address}/d/kasanga/table")
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('name') || document.activeElement.textContent.trim()"))
    assert reached[:7] == ["Skip to the page", "jvmodel", "Table", "Compare", "Risk", "Model", "Edit"]
    assert "v:terms.company.interests.plateau" in reached
