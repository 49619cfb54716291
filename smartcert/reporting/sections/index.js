"use strict";
(() => {
  const table = document.getElementById("results");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const tools = document.querySelector("[role=search]");
  const field = tools.querySelector("input");
  const told = tools.querySelectorAll("[role=status] > [data-shown]");
  const plain = text => text.normalize("NFC").toLowerCase();
  const found = new Map(rows.map(row => [row, plain([...row.cells].slice(0, -2).map(cell => cell.textContent).join(" "))]));

  const search = () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    for (const row of rows) row.hidden = !words.every(word => found.get(row).includes(word));
    const shown = rows.filter(row => !row.hidden).length;
    for (const sentence of told) sentence.textContent = sentence.dataset.shown.replace("#", shown);
  };

  // a cell without a value comes last in both directions; equal ones stay in the order of the page
  const sort = (heading, place) => {
    const down = heading.getAttribute("aria-sort") === "ascending";
    const of = row => row.cells[place].dataset.sort ?? row.cells[place].textContent.trim();
    const number = heading.classList.contains("number") || heading.hasAttribute("data-number");
    const compare = (one, other) => number ? Number(one) - Number(other) : one.localeCompare(other, "ko");
    const order = [...rows].sort((one, other) => {
      const [a, b] = [of(one), of(other)];
      if (a === "" || b === "") return (a === "") - (b === "");
      return down ? compare(b, a) : compare(a, b);
    });
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...order);
  };

  for (const [place, heading] of [...table.tHead.rows[0].cells].entries()) {
    if (!heading.hasAttribute("data-sortable")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sort(heading, place));
  }
  field.addEventListener("input", search);
  tools.hidden = false;
  if (field.value) search();
})();
