"use strict";
// The cases are stored compressed: this unpacks them, lists those that match the filter, and opens the target of a link.
// Links are `#case/ID` and `#cases?rule=...&outcome=...&column=...&text=...`.
(async () => {
  const AT_ONCE = 200;
  const find = (selector) => document.querySelector(selector);
  const packed = Uint8Array.from(atob(find("#store").textContent.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const { pieces, cases } = await new Response(stream).json();
  const byId = new Map(cases.map((one) => [one.id, one]));
  const form = find("#filter"), list = find("#list"), body = list.tBodies[0], all = find("#all");
  const letters = {}, failures = [];
  for (const option of form.elements.outcome.options) {
    if (option.dataset.letter) letters[option.value] = option.dataset.letter;
    if ("failed" in option.dataset) failures.push(option.dataset.letter);
  }

  // A piece holds places for further pieces; all pieces were escaped when the page was made.
  const fill = (element, piece) => {
    element.innerHTML = pieces[piece];
    for (const place of element.querySelectorAll("[data-piece]")) {
      fill(place, Number(place.dataset.piece));
      place.removeAttribute("data-piece");
    }
  };

  const fits = ({ text, outcome, rule, column }) => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = outcome === "failed" ? failures : outcome ? [letters[outcome]] : [];
    return (one) => {
      const kinds = column === "" ? one.kinds : [one.kinds[Number(column)] || ""];
      return (
        words.every((word) => one.text.includes(word)) &&
        (!rule || one.rules.includes(rule)) &&
        (column === "" || kinds[0] !== "") &&
        (!outcome || kinds.some((kind) => wanted.some((letter) => kind.includes(letter))))
      );
    };
  };

  const toggle = (row, one, open) => {
    const next = row.nextElementSibling;
    const shown = next && next.classList.contains("part");
    if (shown && !open) next.remove();
    if (!shown && open) {
      const part = document.createElement("tr");
      part.className = "part";
      const cell = part.insertCell();
      cell.colSpan = row.cells.length;
      fill(cell, one.part);
      row.after(part);
    }
    row.classList.toggle("open", open);
    row.querySelector("a").setAttribute("aria-expanded", open);
  };

  const rowOf = (one) => {
    const row = document.createElement("tr");
    row.dataset.case = one.id;
    row.innerHTML = pieces[one.line];
    row.querySelector("a").setAttribute("aria-expanded", "false");
    return row;
  };

  let shown = [];
  const show = (limit) => {
    const filter = Object.fromEntries(["text", "outcome", "rule", "column"].map((name) => [name, form.elements[name].value]));
    shown = cases.filter(fits(filter));
    body.replaceChildren(...shown.slice(0, limit).map(rowOf));
    form.querySelector("output").textContent = `${shown.length} of ${cases.length} case${cases.length === 1 ? "" : "s"}`;
    all.hidden = shown.length <= limit;
    all.textContent = `Show all ${shown.length}`;
  };

  const open = (id) => {
    const one = byId.get(id);
    if (!one) return;
    const row = () => [...body.rows].find((row) => row.dataset.case === id);
    if (!row()) {
      form.reset();
      show(AT_ONCE);
    }
    if (!row()) body.prepend(rowOf(one));
    toggle(row(), one, true);
    row().scrollIntoView();
    // Keyboard users continue from here.
    row().querySelector("a").focus({ preventScroll: true });
  };

  const follow = () => {
    const hash = location.hash.slice(1);
    if (hash.startsWith("case/")) {
      open(decodeURIComponent(hash.slice(5)));
    } else if (hash.startsWith("cases?")) {
      const asked = new URLSearchParams(hash.slice(6));
      form.reset();
      for (const [name, value] of asked) if (form.elements[name]) form.elements[name].value = value;
      show(AT_ONCE);
      find("#cases").scrollIntoView();
      find("#cases h2").focus({ preventScroll: true });
    }
  };

  form.addEventListener("input", () => show(AT_ONCE));
  form.addEventListener("submit", (event) => event.preventDefault());
  all.addEventListener("click", () => show(Infinity));
  body.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const row = event.target.closest("tr[data-case]");
    if (!row) return;
    if (link) event.preventDefault();
    const opens = !row.classList.contains("open");
    toggle(row, byId.get(row.dataset.case), opens);
    history.replaceState(null, "", opens ? `#case/${encodeURIComponent(row.dataset.case)}` : "#cases");
  });
  addEventListener("hashchange", follow);
  // Following the same link again does not change the address.
  addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (link && !event.defaultPrevented && link.hash === location.hash) follow();
  });
  form.hidden = list.parentElement.hidden = false;
  show(AT_ONCE);
  follow();
  document.documentElement.dataset.ready = cases.length;
})();
