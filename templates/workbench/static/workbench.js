// The little that the pages do by themselves: sliders and their exact fields, undo and redo, the editor's line numbers.
"use strict";
(() => {
  const terms = document.getElementById("terms");
  const status = document.getElementById("status");
  const tell = (text) => { status.textContent = text; window.clearTimeout(tell.timer); tell.timer = window.setTimeout(() => { status.textContent = ""; }, 6000); };

  document.body.addEventListener("htmx:responseError", (event) => {
    const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    const said = page.querySelector(".fault");
    tell(said ? said.textContent.trim() : "The workbench did not answer as it should.");
  });
  document.body.addEventListener("htmx:sendError", () => tell("The workbench cannot be reached; is it still running?"));

  if (terms) {
    const past = [], future = [];
    const sliders = [...terms.querySelectorAll("input[type=range]")];
    const moved = terms.elements.namedItem("moved");
    const undo = document.getElementById("undo"), redo = document.getElementById("redo");
    const exactOf = (slider) => slider.parentElement.querySelector(".exact");
    const state = () => sliders.map((slider) => slider.value);
    let steady = state();
    const mark = () => {
      undo.disabled = past.length === 0; redo.disabled = future.length === 0;
      for (const slider of sliders) {
        const base = Number(slider.parentElement.dataset.base);
        slider.parentElement.classList.toggle("moved", Math.abs(Number(slider.value) - base) > 1e-9 * Math.max(1, Math.abs(base)));
      }
    };
    let waiting = false;  // whether a later place of the sliders is still to be asked about: an answer to an earlier one moves none
    const ask = (path) => { moved.value = path; waiting = true; htmx.trigger(document.body, "move"); };
    terms.addEventListener("htmx:beforeRequest", (event) => { if (event.target === terms) waiting = false; });
    const remember = () => {
      const now = state();
      if (now.join() !== steady.join()) { past.push(steady); if (past.length > 300) past.shift(); future.length = 0; steady = now; }
      mark();
    };
    const put = (values) => { sliders.forEach((slider, number) => { slider.value = values[number]; }); steady = state(); ask(""); mark(); };
    for (const slider of sliders) {
      const step = Number(slider.dataset.step), path = slider.name.slice(2);
      slider.addEventListener("input", () => { slider.value = Math.round(Number(slider.value) / step) * step; ask(path); });
      slider.addEventListener("change", () => window.setTimeout(remember, 150));
      slider.addEventListener("keydown", (event) => {
        const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
        if (by) { event.preventDefault(); slider.value = Number(slider.value) + by * step; ask(path); window.setTimeout(remember, 150); }
      });
      exactOf(slider).addEventListener("change", (event) => {
        const scale = Number(event.target.dataset.scale);
        const number = Number(event.target.value.replace(/[,%×]|[A-Za-z/]+/g, "").replace("−", "-").trim());
        if (!Number.isFinite(number)) { tell(`'${event.target.value}' is not a number`); ask(""); return; }
        const value = number / scale;
        if (value < Number(slider.min)) slider.min = value;
        if (value > Number(slider.max)) slider.max = value;
        slider.value = value; ask(path); window.setTimeout(remember, 150);
      });
    }
    document.body.addEventListener("placed", (event) => {
      if (waiting) return;
      for (const slider of sliders) {
        const told = event.detail[slider.name.slice(2)];
        if (!told) continue;
        if (document.activeElement !== slider || slider.name.slice(2) !== moved.value) slider.value = told.value;
        slider.setAttribute("aria-valuetext", told.text);
        if (document.activeElement !== exactOf(slider)) exactOf(slider).value = told.text;
      }
      mark();
    });
    undo.addEventListener("click", () => { if (past.length) { future.push(steady); put(past.pop()); } });
    redo.addEventListener("click", () => { if (future.length) { past.push(steady); put(future.pop()); } });
    document.getElementById("reset").addEventListener("click", () => { past.push(steady); future.length = 0; put(sliders.map((slider) => slider.parentElement.dataset.base)); });
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.target.matches("input:not([type=range]), textarea")) return;
      if (event.key === "z" && !event.shiftKey) { event.preventDefault(); undo.click(); }
      if (event.key === "y" || (event.key === "z" && event.shiftKey)) { event.preventDefault(); redo.click(); }
    });
    terms.addEventListener("click", (event) => {
      if (!event.target.matches("[data-let-go]")) return;
      for (const name of ["held", "held_at", "held_by"]) terms.elements.namedItem(name).value = "";
      event.target.closest("p").remove(); ask("");
    });
    terms.addEventListener("submit", (event) => event.preventDefault());
    document.querySelector("form.add").addEventListener("submit", (event) => {
      for (const slider of terms.querySelectorAll(".slider.moved input[type=range]")) {
        const kept = document.createElement("input");
        kept.type = "hidden"; kept.name = slider.name; kept.value = slider.value; event.target.append(kept);
      }
    });
    mark();
  }

  // The trace of a number comes into view; closed, the keyboard is back at the number.
  let asked = null;
  document.body.addEventListener("click", (event) => {
    const button = event.target.closest("[hx-target='#trace']");
    if (button && !button.closest("#trace")) asked = button;
    if (event.target.dataset && event.target.dataset.close !== undefined) { shut = true; document.getElementById("trace").replaceChildren(); if (asked) asked.focus(); }
  });
  // A trace that is closed while an answer is under way stays closed; between two of them nothing has the keyboard.
  let shut = false;
  document.body.addEventListener("htmx:beforeRequest", (event) => { if (event.detail.target && event.detail.target.id === "trace") shut = false; });
  document.body.addEventListener("htmx:beforeSwap", (event) => { if (shut && event.target.id === "trace") event.detail.shouldSwap = false; });
  document.body.addEventListener("keydown", (event) => { if (event.key === "Escape" && (event.target === document.body || event.target.closest("#trace, .rows"))) { const close = document.querySelector("[data-close]"); if (close) close.click(); } });
  document.body.addEventListener("htmx:afterSwap", (event) => { if (event.target.id === "trace") { event.target.scrollIntoView({ block: "nearest" }); if (event.target.getBoundingClientRect().top < 0) event.target.scrollIntoView(); event.target.focus({ preventScroll: true }); } });

  const filter = document.getElementById("filter");
  if (filter) filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/);
    for (const row of document.querySelectorAll(".deals tbody tr")) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
    htmx.trigger(document.body, "scroll");
  });

  // The plane of two terms: a point that is dragged, or moved by its two sliders.
  const follow = (box) => {
    const form = document.getElementById("here"), svg = box.querySelector("svg");
    const [x, y] = ["at_x", "at_y"].map((name) => form.elements.namedItem(name));
    const edge = Object.fromEntries(["left", "right", "top", "bottom"].map((name) => [name, Number(box.dataset[name])]));
    const made = (name, look, around) => { const found = document.createElementNS("http://www.w3.org/2000/svg", name); for (const one of Object.entries(look)) found.setAttribute(...one); around.append(found); return found; };
    const point = made("g", { class: "handle" }, svg);
    made("circle", { r: 24, fill: "transparent" }, point);  // as wide as a fingertip
    made("circle", { r: 7, fill: "#a32020", stroke: "#fff", "stroke-width": 2 }, point);
    const share = (slider) => (Number(slider.value) - Number(slider.min)) / (Number(slider.max) - Number(slider.min));
    const draw = () => {
      point.setAttribute("transform", `translate(${edge.left + share(x) * (edge.right - edge.left)} ${edge.bottom + share(y) * (edge.top - edge.bottom)})`);
    };
    const ask = () => { draw(); htmx.trigger(document.body, "here"); };
    const put = (slider, part) => { slider.value = Number(slider.min) + Math.min(1, Math.max(0, part)) * (Number(slider.max) - Number(slider.min)); };
    const drag = (event) => {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      put(x, (at.x - edge.left) / (edge.right - edge.left)); put(y, (edge.bottom - at.y) / (edge.bottom - edge.top)); ask();
    };
    const within = (event) => {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      return at.x > edge.left - 12 && at.x < edge.right + 12 && at.y > edge.top - 12 && at.y < edge.bottom + 12;
    };
    // A finger beside the point scrolls the page, or with a tap puts the point there; a finger on the point drags it.
    point.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    let held = false;
    svg.addEventListener("pointerdown", (event) => {
      held = false;
      if (!within(event) || (event.pointerType === "touch" && !point.contains(event.target))) return;
      svg.setPointerCapture(event.pointerId); held = true; drag(event); event.preventDefault();
    });
    svg.addEventListener("click", (event) => { if (!held && within(event)) drag(event); });
    svg.addEventListener("pointermove", (event) => { if (svg.hasPointerCapture(event.pointerId)) drag(event); });
    for (const slider of [x, y]) {
      slider.addEventListener("input", ask);
      slider.addEventListener("keydown", (event) => {
        const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
        if (by) { event.preventDefault(); slider.value = Number(slider.value) + by * Number(slider.dataset.step); ask(); }
      });
    }
    box.closest("#trade").addEventListener("click", (event) => {
      if (event.target.dataset.x === undefined) return;
      x.value = event.target.dataset.x; y.value = event.target.dataset.y; ask();
    });
    draw();
  };
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "worth") for (const [name, text] of [["at_x", 0], ["at_y", 1]]) {
      const said = event.target.querySelectorAll(".at b")[text];
      if (said) document.getElementById("here").elements.namedItem(name).setAttribute("aria-valuetext", said.textContent);
    }
    const box = event.target.querySelector && event.target.querySelector("#plane-picture");
    if (box && !box.dataset.followed) { box.dataset.followed = "yes"; follow(box); }
  });

  document.body.addEventListener("htmx:afterSwap", (event) => {
    const running = event.target.querySelector && event.target.querySelector("[data-events]");
    if (!running || running.dataset.followed) return;
    running.dataset.followed = "yes";
    const answer = document.getElementById("answer");
    answer.classList.add("stale"); answer.setAttribute("aria-busy", "true");
    const source = new EventSource(running.dataset.events);
    source.addEventListener("message", (message) => {
      const told = JSON.parse(message.data);
      running.querySelector("progress").value = told.done;
      running.querySelector("[role=status]").textContent = told.said;
      if (told.state === "running") return;
      source.close();
      htmx.ajax("GET", running.dataset.answer, { target: "#answer", swap: "innerHTML" }).then(() => { running.remove(); answer.classList.remove("stale"); answer.removeAttribute("aria-busy"); });
    });
    source.addEventListener("error", () => { source.close(); running.remove(); answer.classList.remove("stale"); answer.removeAttribute("aria-busy"); tell("The run cannot be followed any more; start it again."); });
  });

  // Numbers over time: a row or a column from a spreadsheet goes into the fields from where it is pasted, or to its years.
  document.body.addEventListener("paste", (event) => {
    const cells = event.target.closest && event.target.closest(".cells");
    if (!cells || !event.clipboardData) return;
    const lines = event.clipboardData.getData("text").replace(/\r/g, "").replace(/\n+$/, "").split("\n").map((line) => line.split("\t").map((one) => one.trim()));
    const fields = [...cells.querySelectorAll("input")], known = (one) => fields.some((field) => field.dataset.key === one);
    const pairs = lines.length === 2 && lines[0].length > 1 && lines[0].some(known) ? lines[0].map((key, at) => [key, lines[1][at]])
      : lines.length > 1 && lines.every((line) => line.length === 2) && lines.some(([key]) => known(key)) ? lines : null;
    const values = lines.flat();
    if (values.length < 2) return;
    event.preventDefault();
    const from = fields.indexOf(event.target), put = pairs || values.map((value, at) => [from + at < fields.length ? fields[from + at].dataset.key : "", value]);
    let left = 0;
    for (const [key, value] of put) {
      const field = fields.find((one) => one.dataset.key === key);
      if (field) field.value = value || ""; else left += 1;
    }
    tell(left ? `${put.length - left} numbers pasted; ${left} had no field here` : `${put.length} numbers pasted`);
  });
  document.body.addEventListener("click", (event) => {
    const how = event.target.dataset && event.target.dataset.fill;
    if (!how) return;
    let last = "";
    for (const field of event.target.closest(".over-time").querySelectorAll(".cells input")) {
      if (how === "none") field.value = "";
      if (how === "base") field.value = field.dataset.base;
      if (how === "on" && !field.value) field.value = last;
      last = field.value;
    }
  });

  // A row that cannot be added is told above the form, not among its rows.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status < 400 || event.detail.target.id !== "rows") return;
    event.detail.target = document.getElementById("saved"); event.detail.swapOverride = "innerHTML";
    event.detail.target.scrollIntoView({ block: "nearest" });
  });

  // Whoever leaves a form with something typed into it and not saved is asked first.
  const forms = "#proposal, #numbers, #clause";
  let typed = false;
  document.body.addEventListener("input", (event) => { if (event.target.closest(forms)) typed = true; });
  document.body.addEventListener("click", (event) => { if (event.target.dataset && event.target.dataset.fill) typed = true; });
  document.body.addEventListener("htmx:afterRequest", (event) => { if (event.target.matches(forms) && event.detail.successful) typed = false; });
  window.addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });

  // What is wrong with a form, told at its fields too.
  const mark = () => {
    for (const said of document.querySelectorAll(".wrong")) said.remove();
    for (const field of document.querySelectorAll("[aria-invalid]")) { field.removeAttribute("aria-invalid"); field.removeAttribute("aria-describedby"); }
    for (const fault of document.querySelectorAll("li[data-field]")) {
      const field = document.getElementById(fault.dataset.field);
      if (!field) continue;
      const said = document.createElement("small");
      said.className = "wrong"; said.id = `wrong-${field.id}`; said.textContent = fault.textContent;
      field.setAttribute("aria-invalid", "true"); field.setAttribute("aria-describedby", said.id);
      field.closest(".cell, .field, td, label, .number").append(said);
      const label = document.querySelector(`label[for="${CSS.escape(field.id)}"]`);
      const go = document.createElement("button");
      go.type = "button"; go.className = "plain link"; go.textContent = label ? label.firstChild.textContent.trim() : "there";
      go.addEventListener("click", () => { field.focus(); field.select && field.select(); });
      fault.prepend(go, ": ");
    }
    const first = document.querySelector("[aria-invalid]");
    if (first) { first.focus({ preventScroll: true }); first.scrollIntoView({ block: "center" }); }
  };
  document.body.addEventListener("htmx:afterSettle", () => { const fresh = document.querySelector("#rows input[autofocus]"); if (fresh) { fresh.removeAttribute("autofocus"); fresh.focus(); fresh.select(); } });
  document.body.addEventListener("htmx:afterSwap", (event) => { if (event.target.id === "saved" || event.target.id === "proposal") mark(); });
  if (document.querySelector("li[data-field]")) mark();

  const text = document.getElementById("text");
  if (text) {
    const lines = document.getElementById("lines"), form = document.getElementById("editor");
    let saved = text.value;
    const number = () => { lines.textContent = Array.from({ length: text.value.split("\n").length }, (_, at) => at + 1).join("\n"); lines.scrollTop = text.scrollTop; };
    text.addEventListener("input", number);
    window.addEventListener("beforeprint", () => {
      const printed = document.querySelector(".printed") || text.after(Object.assign(document.createElement("pre"), { className: "printed" })) || document.querySelector(".printed");
      printed.textContent = text.value;
    });
    text.addEventListener("scroll", () => { lines.scrollTop = text.scrollTop; });
    document.body.addEventListener("click", (event) => {
      const line = Number(event.target.dataset && event.target.dataset.line);
      if (!line) return;
      const at = text.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
      text.focus(); text.setSelectionRange(at, text.value.indexOf("\n", at) < 0 ? text.value.length : text.value.indexOf("\n", at));
      text.scrollTop = Math.max(0, (line - 6) * 18);
    });
    document.body.addEventListener("htmx:afterSwap", (event) => {
      const version = event.target.querySelector && event.target.querySelector("[data-version]");
      if (version) { form.elements.namedItem("version").value = version.dataset.version; saved = text.value; }
    });
    document.addEventListener("keydown", (event) => { if ((event.ctrlKey || event.metaKey) && event.key === "s") { event.preventDefault(); form.requestSubmit(); } });
    window.addEventListener("beforeunload", (event) => { if (text.value !== saved) event.preventDefault(); });
    number();
  }
})();
