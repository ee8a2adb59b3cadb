"use strict";
(() => {
  const table = document.getElementById("programs");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const names = new Map(heads.map((head, i) => [head.dataset.name, i]));
  const units = { k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.v === undefined ? null : Number(cell.dataset.v);
  };

  const compare = (column, sign) => (one, other) => {
    const [a, b] = [value(one, column), value(other, column)];
    if (a !== null && b !== null) return a < b ? -sign : a > b ? sign : 0;
    if (a !== null || b !== null) return a === null ? 1 : -1;
    const [s, t] = [one, other].map((row) => row.cells[column].textContent);
    return sign * s.localeCompare(t, "en", { numeric: true });
  };

  const sort = (head) => {
    const now = head.getAttribute("aria-sort");
    const order =
      now === "none" ? head.dataset.first : now === "ascending" ? "descending" : "ascending";
    for (const each of heads) if (each.dataset.name) each.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", order);
    rows.sort(compare(names.get(head.dataset.name), order === "ascending" ? 1 : -1));
    body.append(...rows);
  };

  for (const head of heads) {
    const button = head.querySelector("button");
    if (button) button.addEventListener("click", () => sort(head));
  }

  const holds = (a, sign, b) =>
    ({ "<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b, "=": a === b })[sign];

  const test = (word) => {
    const found = /^(\w+)(<=|>=|<|>|=)(-?[\d.]+(?:e-?\d+)?)([kmgt%]?)$/.exec(word);
    if (!found || !names.has(found[1])) return (row) => row.textContent.toLowerCase().includes(word);
    const bound = Number(found[3]) * (found[4] === "%" ? 0.01 : (units[found[4]] ?? 1));
    const column = names.get(found[1]);
    return (row) => {
      const known = value(row, column);
      return known !== null && holds(known, found[2], bound);
    };
  };

  const field = document.getElementById("filter");
  const shown = document.getElementById("shown");
  field.addEventListener("input", () => {
    const tests = field.value.toLowerCase().split(/\s+/).filter(Boolean).map(test);
    let count = 0;
    for (const row of rows) {
      row.hidden = !tests.every((each) => each(row));
      count += row.hidden ? 0 : 1;
    }
    shown.textContent = tests.length
      ? `${count} of ${rows.length} programs`
      : `${rows.length} programs`;
  });
  document.getElementById("controls").hidden = false;
})();
