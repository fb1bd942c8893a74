// The page's script. Without it every form still works, by loading the page anew.

import { compose, draft, lift } from "/static/composer.js";
import { close, open, show } from "/static/forms.js";
import { bottom, follow } from "/static/live.js";
import { keep, reload, renew, slot, stale, toast } from "/static/page.js";

let last = Promise.resolve(); // the sending of the message before
const queued = new Set(); // messages that wait for it

function submit(form, submitter) {
  if (!("composer" in form.dataset)) return send(form, submitter);
  // Whoever types on while an answer is awaited sends the next message behind it.
  const message = lift(form);
  queued.add(message);
  last = last.then(() => {
    queued.delete(message);
    return send(form, submitter, message);
  });
}

async function send(form, submitter, message) {
  if (form.dataset.busy) return;
  form.dataset.busy = "1";
  submitter?.setAttribute("aria-busy", "true");
  let taken = false;
  try {
    const fields = message?.fields ?? new FormData(form);
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(fields), headers: { "X-Laurel": "1" } });
    taken = answer.ok;
    await take(form, answer);
  } catch {
    toast(document.body.dataset.offline);
  } finally {
    if (!taken) message?.putBack();
    delete form.dataset.busy;
    submitter?.removeAttribute("aria-busy");
  }
}

async function take(form, answer) {
  const words = await answer.text();
  if (answer.status === 403) return stale();
  if (!answer.ok) return toast(words || document.body.dataset.offline);
  if (!("composer" in form.dataset)) renew(form);
  if (words) return show(words);
  if ("form" in form.dataset) close();
  form.closest("details")?.removeAttribute("open");
  return bottom();
}

function onClick(event) {
  const again = event.target.closest("[data-draft]");
  const cancel = event.target.closest("[data-cancel]");
  if (event.target.closest("[data-reload]")) reload();
  else if (again) draft(again.dataset.draft);
  else if (cancel) slot().querySelector("dialog").close();
  else return;
  event.preventDefault();
}

function searchAsTyped(form) {
  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const answer = await fetch(`/who?${new URLSearchParams(new FormData(form))}`);
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("faces");
      if (answer.ok && found) document.getElementById("faces").replaceWith(found);
    }, 150);
  });
}

document.addEventListener("submit", (event) => {
  if (!("live" in event.target.dataset)) return;
  event.preventDefault();
  submit(event.target, event.submitter);
});
addEventListener("pagehide", () => {
  if (!queued.size) return;
  queued.forEach((message) => message.putBack());
  keep();
});
document.addEventListener("click", onClick);
document.querySelectorAll("[data-composer]").forEach(compose);
document.querySelectorAll("[data-search]").forEach(searchAsTyped);
if (document.body.dataset.slug) {
  follow();
  open();
}
