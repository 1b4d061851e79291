// How fast the bytes go, over the last seconds: what happened long ago says little about now.

const SPAN_MS = 5000;
const LEAST_MS = 400;

export class Pace {
  #points = [];

  add(sent, at) {
    const last = this.#points.at(-1);
    // After a cut, what was not synced is sent again.
    if (last && sent < last.sent) this.#points = [];
    this.#points.push({ sent, at });
    while (at - this.#points[0].at > SPAN_MS) this.#points.shift();
  }

  // Bytes a second; 0 while that is not known.
  get speed() {
    const [first, last] = [this.#points[0], this.#points.at(-1)];
    return first && last.at - first.at >= LEAST_MS ? ((last.sent - first.sent) * 1000) / (last.at - first.at) : 0;
  }
}
