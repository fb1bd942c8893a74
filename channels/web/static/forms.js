// The dialog of a form: people are picked from a list, long words are counted, Cancel and Escape close it.

import { Suggestions, people } from "/static/suggest.js";
import { fragment, save, slot } from "/static/page.js";
import { filter } from "/static/filter.js";

export function show(html) {
  save();
  slot().replaceChildren(fragment(html));
  open();
}

export function open() {
  const sheet = slot().querySelector("dialog");
  if (!sheet) return;
  sheet.removeAttribute("open");
  sheet.querySelectorAll("[data-people]").forEach(pickPeople);
  sheet.querySelectorAll("[data-filter]").forEach(filter);
  sheet.querySelectorAll("[data-maximum]").forEach(count);
  sheet.addEventListener("close", close);
  sheet.addEventListener("input", (event) => forgive(event.target.closest(".wrong")));
  sheet.showModal();
  sheet.querySelector("[autofocus]")?.focus();
}

export function close() {
  save();
  slot().replaceChildren();
  document.getElementById("text")?.focus();
}

function forgive(field) {
  // What is being corrected is not wrong any more, until it is sent again.
  field?.classList.remove("wrong");
  field?.querySelector(".error")?.remove();
  field?.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
}

function pickPeople(field) {
  const input = field.querySelector("input[type=text]");
  const chips = field.querySelector(".chips");
  const list = field.querySelector("[role=listbox]");
  const chosen = () => new Set([...chips.querySelectorAll("input")].map((box) => box.value));
  const find = async (value) => (value.trim() ? (await people(value)).filter((o) => !chosen().has(o.dataset.person)) : []);
  new Suggestions(input, list, find, (option) => {
    if (field.dataset.many !== "1") chips.replaceChildren();
    chips.append(chip(field.dataset.people, option));
    input.value = "";
  });
  chips.addEventListener("change", (event) => {
    event.target.closest("li").remove();
    input.focus();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Backspace" && !input.value) chips.lastElementChild?.remove();
  });
}

function chip(name, option) {
  const item = fragment('<li><label class="chip"><input type="checkbox" checked><bdi></bdi></label></li>').firstChild;
  const box = item.querySelector("input");
  Object.assign(box, { name, value: option.dataset.person });
  box.after(option.querySelector(".avatar").cloneNode(true));
  item.querySelector("bdi").textContent = option.dataset.name;
  return item;
}

function count(input) {
  const maximum = Number(input.dataset.maximum);
  const counter = Object.assign(document.createElement("p"), { className: "count" });
  counter.setAttribute("aria-hidden", "true");
  input.closest(".field").append(counter);
  const update = () => {
    const length = [...input.value].length;
    counter.textContent = length > maximum / 2 ? `${length} / ${maximum}` : "";
    counter.classList.toggle("over", length > maximum);
  };
  input.addEventListener("input", update);
  update();
}
