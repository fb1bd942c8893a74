// The little that every part of the page needs.

export const slot = () => document.getElementById("slot");

export function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

let hiding;

export function toast(words) {
  const box = document.getElementById("toast");
  if (!box) return;
  clearTimeout(hiding);
  box.textContent = words;
  box.hidden = false;
  hiding = setTimeout(() => { box.hidden = true; }, 6000);
}

export function renew(form) {
  // The next sending is another turn; a repeated one must keep its name.
  const nonce = form.elements.namedItem("nonce");
  if (nonce) nonce.value = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
}
