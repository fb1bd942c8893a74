// The box at the bottom: it grows, it suggests commands after "/" and people after "@", Enter sends.

import { kept, renew } from "/static/page.js";
import { Suggestions, people } from "/static/suggest.js";

const AT = /(^|[\s(,;])@([^\s@][^@\n]{0,40})?$/u;

export function compose(form) {
  const text = form.elements.namedItem("text");
  const list = form.querySelector("[role=listbox]");
  new Suggestions(text, list, (value, caret) => find(value.slice(0, caret)), (option) => take(form, text, option));
  text.addEventListener("keydown", (event) => {
    const finger = matchMedia("(pointer: coarse)").matches;
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || finger) return;
    event.preventDefault();
    if (text.value.trim()) form.requestSubmit();
  });
  text.addEventListener("input", () => grow(text));
  text.value = kept() || text.value;
  grow(text);
  if (text.value || !matchMedia("(pointer: coarse)").matches) {
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
  }
}

export function draft(words) {
  const text = document.getElementById("text");
  text.value = words;
  text.focus();
  text.setSelectionRange(words.length, words.length);
  text.dispatchEvent(new Event("input"));
}

let returned = ""; // what stands first in the box because it was not taken

export function lift(form) {
  // Take the message out of the box: `fields` are to be sent; `putBack` is for the one that was not taken.
  const text = form.elements.namedItem("text");
  const nonce = form.elements.namedItem("nonce");
  const picked = [...form.querySelectorAll("input[name=mention]")];
  const [fields, words, name] = [new FormData(form), text.value, nonce.value];
  text.value = returned = "";
  picked.forEach((mention) => mention.remove());
  renew(form);
  grow(text);
  const putBack = () => {
    if (!text.value) nonce.value = name; // the same message again is the same turn
    const typed = text.value.startsWith(returned) ? text.value.slice(returned.length).replace(/^\n/u, "") : text.value;
    returned = text.value.startsWith(returned) && returned ? `${returned}\n${words}` : words;
    text.value = typed ? `${returned}\n${typed}` : returned;
    form.append(...picked);
    grow(text);
  };
  return { fields, putBack };
}

function grow(text) {
  text.rows = 1;
  if (!text.value) return;
  const line = parseFloat(getComputedStyle(text).lineHeight) || 24;
  text.rows = Math.min(8, Math.max(1, Math.round((text.scrollHeight - 16) / line)));
}

async function find(before) {
  const verb = /^\/(\S*)$/u.exec(before);
  if (verb) return commands(verb[1].toLowerCase());
  const name = AT.exec(before);
  return name ? people(name[2] ?? "") : [];
}

function commands(typed) {
  const all = document.getElementById("commands").content.cloneNode(true).querySelectorAll("[role=option]");
  return [...all].filter((option) => option.dataset.names.split(" ").some((name) => name.startsWith(typed)));
}

function take(form, text, option) {
  const caret = text.selectionStart;
  const before = text.value.slice(0, caret);
  let insert = option.dataset.insert;
  let from = 0;
  if (option.dataset.person) {
    insert = `@${option.dataset.name} `;
    from = before.length - (AT.exec(before)?.[2] ?? "").length - 1;
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "mention", value: option.dataset.person }));
  }
  text.setRangeText(insert, from, caret, "end");
  grow(text);
}
