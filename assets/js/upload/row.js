// What one upload shows: its state, a bar, bytes, speed and time left, and the buttons that make sense now.
import { Pace } from "./pace.js";
import { duration, size } from "./words.js";

const WORDS = {
  waiting: "waiting",
  sending: "uploading",
  paused: "paused",
  asking: "name taken",
  failed: "failed",
  cancelled: "cancelled",
  done: "in the workspace",
};
const ACTIONS = {
  waiting: ["cancel"],
  sending: ["pause", "cancel"],
  paused: ["resume", "cancel"],
  asking: ["keep-both", "replace", "cancel"],
  failed: ["retry", "cancel"],
  cancelled: [],
  done: ["open", "process"],
};
const WITH_BAR = ["waiting", "sending", "paused"];
const EVERY_MS = 250;

export class Row {
  #element;
  #name;
  #length;
  #announce;
  #state = "";
  #pace = new Pace();
  #quarter = 0;
  #drawnAt = 0;

  constructor(list, name, length, announce) {
    const template = document.getElementById("upload-row");
    this.#element = template.content.firstElementChild.cloneNode(true);
    this.#name = name;
    this.#length = length;
    this.#announce = announce;
    this.#part("name").textContent = shown(name);
    this.#part("bar").setAttribute("aria-label", `Progress of ${shown(name)}`);
    this.#part("account").textContent = size(length);
    for (const button of this.#element.querySelectorAll("button[data-act]")) {
      button.setAttribute("aria-label", `${button.textContent}: ${shown(name)}`);
    }
    this.show("waiting");
    list.prepend(this.#element);
  }

  listen(sending) {
    this.#element.addEventListener("click", (event) => {
      const act = event.target.closest("button[data-act]")?.dataset.act;
      if (act === "keep-both" || act === "replace") sending.answer(act);
      else if (act === "retry") sending.resume();
      else if (act) sending[act]();
    });
  }

  show(state, sentence = "") {
    this.#part("fault").hidden = !sentence;
    this.#part("fault").className = state === "failed" ? "field-error" : "upload-note";
    this.#part("sentence").textContent = sentence;
    if (state === this.#state) return;
    if (state === "sending") this.#pace = new Pace();
    this.#state = state;
    const hadFocus = this.#element.contains(document.activeElement);
    this.#part("state").className = `state ${state}`;
    this.#part("word").textContent = WORDS[state];
    for (const icon of this.#element.querySelectorAll("[data-icon]")) icon.hidden = icon.dataset.icon !== state;
    for (const action of this.#element.querySelectorAll("[data-act]")) {
      action.hidden = !ACTIONS[state].includes(action.dataset.act);
    }
    this.#part("bar").hidden = !WITH_BAR.includes(state);
    if (hadFocus) this.#element.querySelector("[data-act]:not([hidden])")?.focus();
    if (state !== "waiting" && state !== "sending") this.#announce(`${shown(this.#name)}: ${WORDS[state]}. ${sentence}`);
  }

  progress(sent) {
    this.#pace.add(sent, performance.now());
    const now = performance.now();
    if (now - this.#drawnAt < EVERY_MS && sent < this.#length) return;
    this.#drawnAt = now;
    this.#part("bar").value = this.#length ? sent / this.#length : 1;
    this.#part("account").textContent = this.#account(sent);
    const quarter = Math.floor((4 * sent) / this.#length);
    if (quarter > this.#quarter && quarter < 4) this.#announce(`${shown(this.#name)}: ${quarter * 25} percent.`);
    this.#quarter = quarter;
  }

  // The file has come, perhaps under another name than it was sent with.
  finish(file) {
    const name = file || this.#name;
    this.#part("name").textContent = shown(name);
    this.#part("account").textContent = this.#length ? size(this.#length) : "0 bytes: the file is empty";
    for (const link of this.#element.querySelectorAll("[data-asks]")) {
      const address = new URL(link.href);
      address.searchParams.set(link.dataset.asks, name);
      link.href = address.href;
    }
  }

  #account(sent) {
    const words = [`${size(sent)} of ${size(this.#length)}`];
    const speed = this.#pace.speed;
    if (speed) words.push(`${size(speed)}/s`, `${duration((this.#length - sent) / speed)} left`);
    return words.join(" · ");
  }

  #part(name) {
    return this.#element.querySelector(`[data-${name}]`);
  }
}

// Characters that would reorder or hide what is around them are shown as their numbers, as on the other pages.
function shown(name) {
  return name.replace(/[\p{Cc}\p{Cf}]/gu, (character) => `\\u${character.codePointAt(0).toString(16).padStart(4, "0")}`);
}
