// A list of suggestions under a text box: arrows, Enter or Tab, Escape; announced as a combobox.

import { fragment } from "/static/page.js";

export class Suggestions {
  // `find(text, caret)` resolves to options (elements with role=option); `pick(option)` takes one.
  constructor(input, list, find, pick) {
    Object.assign(this, { input, list, find, pick, active: -1, asked: 0 });
    input.addEventListener("input", () => this.look());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.close());
    list.addEventListener("mousedown", (event) => {
      event.preventDefault(); // the box keeps the cursor
      const option = event.target.closest("[role=option]");
      if (option) this.take(option);
    });
  }

  get options() { return [...this.list.querySelectorAll("[role=option]")]; }

  async look() {
    const asked = ++this.asked;
    const found = await this.find(this.input.value, this.input.selectionStart);
    if (asked !== this.asked) return; // typed on meanwhile
    if (!found.length) return this.close();
    this.list.replaceChildren(...found);
    this.options.forEach((option, i) => { option.id = `${this.list.id}-${i}`; });
    this.list.hidden = false;
    this.input.setAttribute("role", "combobox");
    this.input.setAttribute("aria-expanded", "true");
    this.input.setAttribute("aria-controls", this.list.id);
    this.mark(0);
  }

  mark(index) {
    const options = this.options;
    this.active = (index + options.length) % options.length;
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === this.active)));
    options[this.active].scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", options[this.active].id);
  }

  close() {
    this.asked += 1;
    this.active = -1;
    this.list.hidden = true;
    this.list.replaceChildren();
    this.input.removeAttribute("aria-activedescendant");
    if (this.input.getAttribute("role") === "combobox") this.input.setAttribute("aria-expanded", "false");
  }

  take(option) {
    this.pick(option);
    this.close();
    this.input.focus();
  }

  key(event) {
    if (event.isComposing) return;
    if (this.list.hidden) {
      if (event.key === "Escape" || event.key === "Enter") this.asked += 1; // what was asked for comes too late
      return;
    }
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) this.mark(this.active + steps[event.key]);
    else if ((event.key === "Enter" && !event.shiftKey) || (event.key === "Tab" && !event.shiftKey)) this.take(this.options[this.active]);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}

export async function people(typed) {
  const answer = await fetch(`/people?q=${encodeURIComponent(typed)}`, { headers: { "X-Laurel": "1" } }).catch(() => null);
  return answer?.ok ? (await answer.json()).map(personOption) : [];
}

function personOption(person) {
  const option = fragment('<li role="option"><span class="avatar small" aria-hidden="true"></span><b></b> <small></small></li>').firstChild;
  option.querySelector(".avatar").classList.add(`hue-${person.hue}`);
  option.querySelector(".avatar").textContent = person.initials;
  option.querySelector("b").textContent = person.name;
  option.querySelector("small").textContent = person.detail;
  option.dataset.person = person.id;
  option.dataset.name = person.name;
  return option;
}
