"use strict";
// What does not fit, a line each. An element that scrolls by itself must be in the order of the keyboard and have a name;
// nothing else may be wider than the page.
(() => {
  const wrong = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) wrong.push(`the page scrolls sideways: ${root.scrollWidth} > ${root.clientWidth}`);
  const paper = matchMedia("print").matches;
  const name = (element) => `${element.tagName.toLowerCase()}.${element.getAttribute("class")} in ${element.closest("section, header")?.id}`;
  for (const element of document.querySelectorAll("body *")) {
    if (element.closest("svg") && element.tagName !== "svg") continue;
    const style = getComputedStyle(element);
    const scrolls = /auto|scroll/.test(style.overflowX) && element.scrollWidth > element.clientWidth;
    if (scrolls && paper) wrong.push(`${name(element)} is cut on paper`);
    if (scrolls && (element.tabIndex < 0 || !element.getAttribute("aria-label") || !element.getAttribute("role")))
      wrong.push(`${name(element)} cannot be scrolled by keyboard, or has no name`);
    if (style.overflowX === "hidden" && element.scrollWidth > element.clientWidth + 1) wrong.push(`${name(element)} is cut`);
    const box = element.getBoundingClientRect();
    const inside = element.closest(".scroll, .wide, pre");
    if ((paper || !inside) && box.width > 0 && box.right > root.clientWidth + 1) wrong.push(`${name(element)} stands out by ${Math.round(box.right - root.clientWidth)}`);
  }
  for (const link of document.querySelectorAll("a[href]"))
    if (link.getClientRects().length && !getComputedStyle(link).textDecorationLine.includes("underline"))
      wrong.push(`the link ${link.textContent} is told from text by its colour alone`);
  return [...new Set(wrong)].slice(0, 10);
})();
