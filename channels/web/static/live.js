// What happens elsewhere arrives by server-sent events: new messages, changed ones, and counts of the unread.

import { fragment, reload, stale, toast } from "/static/page.js";

const AGAIN = 3000; // milliseconds until the next attempt, where the browser itself makes none
const CLOSE = 300; // seconds between two messages that are shown as one
const page = document.body.dataset;
const title = document.title;

let events;
let seen = page.since;

function listen() {
  events = new EventSource(`/live?in=${encodeURIComponent(page.slug)}&since=${seen}&as=${page.me}`);
  events.addEventListener("message", (event) => {
    seen = event.lastEventId;
    arrive(JSON.parse(event.data));
  });
  events.addEventListener("anew", reload);
  events.addEventListener("stale", () => {
    events.close();
    stale();
  });
  events.addEventListener("error", () => {
    toast(page.again);
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN);
  });
  events.addEventListener("open", () => { document.getElementById("toast").hidden = true; document.body.dataset.live = "1"; });
}

export function follow() {
  listen();
  addEventListener("pagehide", () => events.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  document.getElementById("jump").addEventListener("click", bottom);
  document.getElementById("scroll").addEventListener("scroll", () => { if (atBottom()) document.getElementById("jump").hidden = true; });
  document.querySelector("nav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  bottom();
  countTitle();
}

function arrive(told) {
  if (told.conversation !== page.slug) return told.own || told.version > 1 ? undefined : unread(told.conversation);
  if (page.latest !== "1" && !document.getElementById(`m-${told.id}`)) return undefined;
  const message = fragment(told.html).querySelector("li");
  const old = document.getElementById(`m-${told.id}`);
  return old ? replace(old, message) : add(message, told);
}

function replace(old, message) {
  if (Number(old.dataset.version) >= Number(message.dataset.version)) return;
  const focused = old.contains(document.activeElement);
  message.classList.toggle("follows", old.classList.contains("follows"));
  message.classList.add("changed");
  old.replaceWith(message);
  if (focused) message.focus();
}

function add(message, told) {
  const list = document.getElementById("messages");
  const stay = atBottom() || told.own;
  const later = [...list.children].find((each) => Number(each.dataset.id) > told.id);
  list.insertBefore(message, later ?? null);
  join(message);
  message.classList.add("new");
  document.getElementById("empty").hidden = true;
  if (!told.own) document.getElementById("spoken").textContent = told.spoken;
  if (stay) bottom();
  else document.getElementById("jump").hidden = false;
}

function join(message) {
  const before = message.previousElementSibling;
  const same = before && message.dataset.author && before.dataset.author === message.dataset.author;
  const soon = before && message.dataset.at - before.dataset.at < CLOSE;
  const alike = before && before.classList.contains("private") === message.classList.contains("private");
  message.classList.toggle("follows", Boolean(same && soon && alike));
}

function unread(slug) {
  const badge = document.querySelector(`nav a[data-slug="${CSS.escape(slug)}"] .unread`);
  if (!badge) return;
  const number = badge.querySelector("b");
  number.textContent = Number(number.textContent) + 1;
  badge.hidden = false;
  countTitle();
}

function countTitle() {
  const all = [...document.querySelectorAll("nav .unread b")].reduce((sum, each) => sum + Number(each.textContent), 0);
  document.title = all ? `(${all}) ${title}` : title;
}

function atBottom() {
  return document.getElementById("scroll").scrollTop > -120; // the newest message is where the scrolling begins
}

export function bottom() {
  document.getElementById("scroll").scrollTop = 0;
  document.getElementById("jump").hidden = true;
}
