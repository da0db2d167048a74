// Tables of class "sortable": the head of each column becomes a button that sorts the rows by it,
// rising at first, falling when it is pressed again. Cells without a number stand last.
const number = (cell) => parseFloat((cell.dataset.value ?? cell.textContent).replace(/,/g, ""));
const compare = (a, b, isNumber) => {
  if (!isNumber) return a.textContent.trim().localeCompare(b.textContent.trim(), "en");
  return number(a) - number(b);
};
const isMissing = (cell) => cell.classList.contains("number") && Number.isNaN(number(cell));

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (head.classList.contains("dots")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const way = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
      const isNumber = head.classList.contains("number");
      const body = table.tBodies[0];
      const rows = [...body.rows].sort((first, second) => {
        const [a, b] = [first.cells[column], second.cells[column]];
        return isMissing(a) - isMissing(b) || way * compare(a, b, isNumber) || 0;
      });
      body.append(...rows);
    });
  });
}
