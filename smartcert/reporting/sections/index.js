"use strict";
(() => {
  const table = document.getElementById("results");
  const rows = [...table.tBodies[0].rows];
  const tools = document.querySelector("[role=search]");
  const field = document.getElementById("find");
  const facets = [...tools.querySelectorAll("select")];
  const counts = tools.querySelectorAll("[data-shown]");
  const comparison = document.getElementById("comparison");
  const most = 4;
  let order = { key: "", down: false };

  // names: a match begins before the ending that many names share (시, 군, -si, -gun), or it would find them all
  const initials = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
  const pairs = { "ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅅ", "ㄾ": "ㄹㅌ", "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ" };
  const plain = text => text.normalize("NFC").toLowerCase();
  const words = text => plain(text).split(/[\s,()]+/).filter(Boolean);
  const ending = /(?<=.)(?:특별자치시|특별자치도|특별시|광역시|[시군구도]|-(?:si|gun|gu|do))$/u;
  const initial = letter => {
    const place = letter.codePointAt(0) - 0xac00;
    return place >= 0 && place < 11172 ? initials[Math.floor(place / 588)] : "";
  };
  const fits = (letter, asked) => letter === asked || initial(letter) === asked;
  const begins = (name, asked, from) => [...asked].every((letter, place) => fits(name[from + place] ?? "", letter));
  const matches = (entry, asked) =>
    entry.id.startsWith(asked)
    || (/^\d{4,}$/.test(asked) && entry.code.startsWith(asked))
    || entry.names.some(({ name, stem }) => Array.from({ length: stem }, (_, place) => place).some(from => begins(name, asked, from)));
  const entries = new Map(rows.map(row => [row, {
    id: plain(row.dataset.id),
    code: row.dataset.code,
    names: words([...row.cells[0].childNodes].map(part => part.textContent).join(" "))
      .map(name => ({ name, stem: name.replace(ending, "").length })),
  }]));
  const [korean, english] = ["ko", "en"].map(language => new Map(rows.map(row => {
    const name = row.cells[0].querySelector("[lang=en]");
    return [row, language === "en" && name ? name.textContent : row.cells[0].firstChild.textContent];
  })));

  const passes = (row, but) => facets.every(facet => facet === but || !facet.value || row.dataset[facet.dataset.field] === facet.value);
  const filter = () => {
    const asked = words(field.value).map(word => [...word].map(letter => pairs[letter] ?? letter).join(""));
    const named = rows.filter(row => asked.every(word => matches(entries.get(row), word)));
    const shown = new Set(named.filter(row => passes(row)));
    for (const row of rows) row.hidden = !shown.has(row);
    for (const sentence of counts) sentence.textContent = sentence.dataset.shown.replace("#", shown.size);
    for (const facet of facets) {
      const others = named.filter(row => passes(row, facet));
      for (const option of facet.options) {
        const count = option.value ? others.filter(row => row.dataset[facet.dataset.field] === option.value).length : others.length;
        option.textContent = `${option.dataset.text} (${count})`;
      }
    }
  };

  // a cell without a value comes last in both directions; equal ones stay in the order of the page
  const headings = [...table.tHead.rows[0].cells];
  const sort = () => {
    const button = table.tHead.querySelector(`button[data-key="${CSS.escape(order.key)}"]`);
    for (const other of table.tHead.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
    for (const other of table.tHead.querySelectorAll(".sorted")) other.classList.remove("sorted");
    if (!button) { order = { key: "", down: false }; table.tBodies[0].append(...rows); return; }
    const heading = button.closest("th");
    const place = headings.indexOf(heading);
    const value = row => {
      if (order.key === "name") return korean.get(row);
      if (order.key === "english") return english.get(row);
      return row.cells[place].dataset.sort ?? row.cells[place].textContent.trim();
    };
    const collator = new Intl.Collator(order.key === "english" ? "en" : "ko", { numeric: true });
    const number = heading.hasAttribute("data-number");
    const compare = (one, other) => number ? Number(one) - Number(other) : collator.compare(one, other);
    heading.setAttribute("aria-sort", order.down ? "descending" : "ascending");
    button.classList.add("sorted");
    table.tBodies[0].append(...[...rows].sort((one, other) => {
      const [a, b] = [value(one), value(other)];
      if (a === "" || b === "") return (a === "") - (b === "");
      return order.down ? compare(b, a) : compare(a, b);
    }));
  };

  const boxes = new Map();
  const chosen = () => rows.filter(row => boxes.get(row).checked);
  const cell = (kind, parts) => {
    const made = document.createElement(kind);
    if (kind === "th") made.scope = "col";
    made.append(...parts);
    return made;
  };
  const copy = node => [...node.childNodes].map(part => part.cloneNode(true));
  const line = (heading, cells) => {
    const row = document.createElement("tr");
    const head = cell("th", heading);
    head.scope = "row";
    row.append(head, ...cells.map(parts => cell("td", parts)));
    return row;
  };
  const compareRows = () => {
    const picked = chosen();
    for (const [row, box] of boxes) box.disabled = picked.length >= most && !picked.includes(row);
    comparison.hidden = picked.length < 2;
    // the table appears above the box that was ticked: who does not see it hears of it
    for (const [place, [label, names]] of [[ko, korean], [en, english]].entries())
      announced[place].textContent = comparison.hidden ? "" : `${label}: ${picked.map(row => names.get(row)).join(", ")}`;
    const [head, body] = [comparison.querySelector("thead tr"), comparison.querySelector("tbody")];
    head.replaceChildren(document.createElement("td"), ...picked.map(row => cell("th", copy(row.cells[0]))));
    const lines = [1, 2, 3, 4].map(place => line(
      [...headings[place].querySelectorAll("button")].flatMap(copy), picked.map(row => copy(row.cells[place]))));
    const domains = [...document.getElementById("domains").children].map((domain, place) => line(
      copy(domain), picked.map(row => [row.dataset.shares.split("|")[place] || "—"])));
    lines.splice(3, 0, ...domains);
    lines.push(line(copy(headings[5]), picked.map(row => copy(row.cells[5]))));
    body.replaceChildren(...lines);
  };

  // the state stands in the address, so that it can be sent and survives going back
  const write = () => {
    const state = new URLSearchParams();
    if (field.value.trim()) state.set("find", field.value.trim());
    for (const facet of facets) if (facet.value) state.set(facet.dataset.field, facet.value);
    if (order.key) state.set("sort", (order.down ? "-" : "") + order.key);
    const picked = chosen().map(row => row.dataset.id);
    if (picked.length) state.set("compare", picked.join(","));
    const text = String(state);
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  };
  const read = () => {
    if (location.hash && !location.hash.includes("=")) return;
    const state = new URLSearchParams(location.hash.slice(1));
    field.value = state.get("find") ?? "";
    for (const facet of facets) {
      facet.value = state.get(facet.dataset.field) ?? "";
      if (facet.selectedIndex < 0) facet.value = "";
    }
    const sorted = state.get("sort") ?? "";
    order = { key: sorted.replace("-", ""), down: sorted.startsWith("-") };
    const picked = (state.get("compare") ?? "").split(",");
    for (const [row, box] of boxes) box.checked = picked.includes(row.dataset.id);
    for (const extra of chosen().slice(most)) boxes.get(extra).checked = false;
    apply();
  };
  const apply = () => {
    filter();
    sort();
    compareRows();
  };

  for (const heading of headings) {
    if (!heading.dataset.sort) continue;
    const own = heading.querySelector("[data-sort]");
    const parts = own ? [heading.firstElementChild, own] : [heading];
    for (const part of parts) {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.key = part.dataset.sort ?? heading.dataset.sort;
      button.append(...part.childNodes);
      part.append(button);
      button.addEventListener("click", () => {
        order = { key: button.dataset.key, down: order.key === button.dataset.key && !order.down };
        sort();
        write();
      });
    }
  }
  const [ko, en] = table.dataset.compare.split(" / ");
  const announced = document.getElementById("compared").children;
  const heading = document.createElement("th");
  heading.scope = "col";
  heading.id = "compare";
  const foreign = document.createElement("span");
  foreign.lang = "en";
  foreign.className = "quiet";
  foreign.textContent = en;
  heading.append(ko, document.createElement("br"), foreign);
  table.tHead.rows[0].append(heading);
  for (const [place, row] of rows.entries()) {
    const box = document.createElement("input");
    box.type = "checkbox";
    row.cells[0].id = `name-${place}`;
    box.setAttribute("aria-labelledby", `compare name-${place}`); // what the column and the row say, in both languages
    box.addEventListener("change", () => { compareRows(); write(); });
    boxes.set(row, box);
    row.append(cell("td", [box]));
  }
  field.addEventListener("input", () => { filter(); write(); });
  for (const facet of facets) facet.addEventListener("change", () => { filter(); write(); });
  document.getElementById("reset").addEventListener("click", () => {
    history.replaceState(null, "", location.pathname + location.search);
    read();
    field.focus();
  });
  addEventListener("hashchange", read);
  tools.hidden = false;
  apply();
  read();
})();
