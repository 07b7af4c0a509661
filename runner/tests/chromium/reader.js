"use strict";
// Reads a report in the browser and returns what the tests check.
(async () => {
  const wait = (millis) => new Promise((resolve) => setTimeout(resolve, millis));
  const count = (selector) => document.querySelectorAll(selector).length;
  const form = document.querySelector("#filter");
  const rows = () => count("#list tr[data-case]");
  const total = () => Number(form.querySelector("output").textContent.split(" ")[0]);
  const set = (name, value) => {
    form.elements[name].value = value;
    form.dispatchEvent(new Event("input"));
    return total();
  };
  const found = {
    cases: Number(document.documentElement.dataset.ready),
    failures: count("#failures article"),
    elements: count("*"),
    parted: count("#failures .timeline .parted"),
    instructions: count("#failures code.instruction"),
    rules_named: count('#failures .rule a[href="#cases?rule=block.from-delivery"]'),
  };
  // Every link of the page names a section, a case or a question that the filter can be asked.
  const dead = [];
  const all = [...new Set([...document.querySelectorAll("a[href]")].map((link) => link.getAttribute("href")))];
  // Of very many links, some hundred from all parts of the page.
  const every = Math.ceil(all.length / 300);
  for (const href of all.filter((_, index) => index % every === 0)) {
    const hash = href.slice(1);
    if (hash.startsWith("case/")) {
      if (set("text", decodeURIComponent(hash.slice(5))) === 0) dead.push(href);
    } else if (hash.startsWith("cases?")) {
      for (const [name, value] of new URLSearchParams(hash.slice(6)))
        if (![...form.elements[name].options].some((option) => option.value === value)) dead.push(href);
    } else if (!href.startsWith("#") || !document.getElementById(hash)) dead.push(href);
  }
  found.dead = dead.length;
  found.dead_links = dead.slice(0, 5);
  set("text", "");
  const last = [...document.querySelectorAll("#list tr[data-case]")].pop();
  const id = last.dataset.case;
  const rowsOf = (name) => [...document.querySelectorAll("#list tr[data-case]")].filter((row) => row.dataset.case === name);
  set("text", id);
  found.by_word = rowsOf(id).length;
  found.by_nothing = set("text", "no-case-has-this-word");
  set("text", "");
  document.querySelector("#all").click();
  found.failed_rows = [...document.querySelectorAll("#list tr[data-case]")].filter((row) => row.querySelector("td.bad")).length;
  found.by_failed = set("outcome", "failed");
  found.uneven = 0;
  for (const option of form.elements.outcome.options) {
    const counted = set("outcome", option.value);
    document.querySelector("#all").click();
    if (counted !== rows()) found.uneven += 1;
  }
  set("outcome", "");
  const row = document.querySelector("#list tr[data-case]");
  row.querySelector("a").click();
  found.opened = count("#list tr.part article.case");
  found.told_open = count('#list a[aria-expanded="true"]');
  document.querySelector("#list tr[data-case] a").click();
  found.closed = count("#list tr.part");
  location.hash = `#case/${encodeURIComponent(id)}`;
  await wait(50);
  found.linked = count("#list tr.part article.case");
  found.focused = Number(document.activeElement.closest("tr[data-case]")?.dataset.case === id);
  location.hash = document.querySelector("#rules a").getAttribute("href");
  await wait(50);
  found.by_rule = total();
  return found;
})();
