// The little that every part of the page needs.

export const slot = () => document.getElementById("slot");

export function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

let hiding;

function surface(box) {
  // What is outside an open dialog can be neither seen nor used.
  (document.querySelector("dialog:modal") ?? document.body).append(box);
  box.hidden = false;
}

export function toast(words) {
  const box = document.getElementById("toast");
  if (!box) return;
  clearTimeout(hiding);
  box.textContent = words;
  surface(box);
  hiding = setTimeout(() => { box.hidden = true; }, 6000);
}

export function stale() {
  surface(document.getElementById("stale"));
}

export function save() {
  // Notices that stand in a dialog outlive it.
  document.body.append(...document.querySelectorAll("dialog .toast"));
}

const DRAFT = "laurel-draft";

export function keep() {
  const typed = [...document.querySelectorAll("#text, dialog textarea")].map((box) => box.value);
  sessionStorage.setItem(DRAFT, typed.filter((words) => words.trim()).join("\n"));
}

export function reload() {
  keep();
  location.reload();
}

export function kept() {
  const words = sessionStorage.getItem(DRAFT);
  sessionStorage.removeItem(DRAFT);
  return words;
}

export function renew(form) {
  // The next sending is another turn; a repeated one must keep its name.
  const nonce = form.elements.namedItem("nonce");
  if (nonce) nonce.value = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
}
