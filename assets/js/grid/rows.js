// The rows in the page: some more are loaded before one reaches their end, and those far away are let go. What is in
// view stays where it is.

const NEAR_PX = 600;
const MOST_ROWS = 600;
const AGAIN_MS = 500;
const SETTLED_MS = 150;

export class Rows {
  #region;
  #body;
  #loading;
  #settling;

  constructor(region) {
    this.#region = region;
    this.#body = region.querySelector("tbody");
    this.first = Number(region.dataset.first);
    this.page = Number(region.dataset.rows);
    this.total = region.dataset.total ? Number(region.dataset.total) : Infinity;
    this.#keepWidths();
    region.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // Rows before the first one make it possible to scroll there.
    this.#fill();
  }

  get last() {
    return this.first + this.#body.rows.length - 1;
  }

  get hasMore() {
    return this.last < this.total;
  }

  get hasLess() {
    return this.first > 1;
  }

  // How many there are, once that is known.
  counted(total) {
    this.total = total;
    this.#region.querySelector("table").setAttribute("aria-rowcount", total + 1);
    this.#tell();
  }

  // More rows at one end; whether some came. Who asks while others are on their way waits for these.
  load(atEnd) {
    this.#loading ??= this.#more(atEnd).finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #more(atEnd) {
    if (!(atEnd ? this.hasMore : this.hasLess)) return false;
    try {
      const from = atEnd ? this.last + 1 : Math.max(1, this.first - this.page);
      const found = await rowsOf(from, atEnd ? this.page : this.first - from);
      if (!found.length) this.total = Math.min(this.total, atEnd ? this.last : this.total);
      atEnd ? this.#append(found) : this.#prepend(found);
      this.#keepWidths();
      this.#region.dispatchEvent(new Event("rows"));
      return found.length > 0;
    } catch {
      return false;
    }
  }

  #append(found) {
    this.#body.append(...found);
    const spare = [...this.#body.rows].slice(0, Math.max(0, this.#body.rows.length - MOST_ROWS));
    // The row with the focus stays, and with it all that are behind.
    const held = spare.findIndex(hasFocus);
    const gone = held < 0 ? spare : spare.slice(0, held);
    this.#keepInView(() => gone.forEach((row) => row.remove()));
    this.first += gone.length;
  }

  #prepend(found) {
    this.#keepInView(() => this.#body.prepend(...found));
    this.first -= found.length;
    const spare = [...this.#body.rows].slice(MOST_ROWS);
    spare.slice(spare.findLastIndex(hasFocus) + 1).forEach((row) => row.remove());
  }

  // Changes what is above the rows in view, and scrolls by as much.
  #keepInView(change) {
    const before = this.#body.offsetHeight;
    change();
    this.#region.scrollTop += this.#body.offsetHeight - before;
  }

  // Columns grow when longer texts come, and never shrink: nothing jumps to and fro.
  #keepWidths() {
    for (const head of this.#region.querySelectorAll("thead th")) head.style.minWidth = `${head.offsetWidth}px`;
  }

  #scrolled() {
    this.#fill();
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#tell(), SETTLED_MS);
  }

  async #fill() {
    const { scrollTop, scrollHeight, clientHeight } = this.#region;
    if (scrollHeight - clientHeight - scrollTop < NEAR_PX && (await this.load(true))) return this.#fill();
    if (scrollTop < NEAR_PX) await this.load(false);
  }

  // The address and the words below follow what is in view.
  #tell() {
    const head = this.#region.querySelector("thead").offsetHeight;
    const top = this.#region.scrollTop;
    const bottom = top + this.#region.clientHeight - head;
    const rows = [...this.#body.rows].map((row) => row.offsetTop - head);
    const from = this.first + Math.max(0, rows.findIndex((at) => at >= top - 1));
    const to = this.first + rows.filter((at) => at < bottom).length - 1;
    const address = new URL(location.href);
    from > 1 ? address.searchParams.set("row", from) : address.searchParams.delete("row");
    history.replaceState(history.state, "", address);
    document.querySelector("[data-from]").textContent = from.toLocaleString("en");
    document.querySelector("[data-to]").textContent = to.toLocaleString("en");
    document.getElementById("row").value = from;
  }
}

function hasFocus(row) {
  return row.contains(document.activeElement);
}

// The rows from that one on, as the server writes them. They may have to be made first.
async function rowsOf(row, count) {
  const address = new URL(location.href);
  for (const [name, value] of Object.entries({ row, rows: count, part: "rows" })) address.searchParams.set(name, value);
  for (;;) {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.statusText);
    if (answer.status !== 202) {
      const found = new DOMParser().parseFromString(`<table>${await answer.text()}</table>`, "text/html");
      return [...found.querySelectorAll("tr")].map((each) => document.adoptNode(each));
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
