// Pages that turn by themselves, and the phone's own place. Without it everything works by reload and by choosing from lists.
"use strict";

// Only what is different is put in anew: the first that comes says what is there already, and a slow phone lays out a map for half a second.
// A map of the same data stays, whatever the script at it has made of it.
const sameMap = (old, next) => old.dataset?.map !== undefined && old.id === next.id && old.dataset.map === next.dataset?.map;

function turn(part, html) {
  const fresh = Object.assign(document.createElement("template"), { innerHTML: html }).content;
  const [there, wanted] = [[...part.childNodes], [...fresh.childNodes]];
  wanted.forEach((next, at) => {
    const old = there[at];
    if (!old) part.append(next);
    else if (!old.isEqualNode(next) && !sameMap(old, next)) old.replaceWith(next);
  });
  there.slice(wanted.length).forEach((old) => old.remove());
}

const TURNS = "[data-live], [data-every]";

function follow(part) {
  const renew = async () => {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(TURNS);
    const typing = /^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (page && !typing) turn(part, page.innerHTML);
  };
  if (part.dataset.every) setInterval(renew, part.dataset.every * 1000);
  if (!part.dataset.live) return;
  const source = new EventSource(part.dataset.live);
  source.addEventListener("part", (event) => {
    const open = part.contains(document.activeElement) && /^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (!open) turn(part, JSON.parse(event.data));
  });
  let begun = false;
  source.addEventListener("changed", renew);
  source.addEventListener("begun", () => {
    if (begun) renew();
    begun = true;
  });
  source.addEventListener("end", () => source.close());
}

function locate(button) {
  const form = button.form;
  const said = document.getElementById(button.dataset.said);
  button.hidden = false;
  button.addEventListener("click", () => {
    said.textContent = button.dataset.wait;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        form.elements.lat.value = coords.latitude.toFixed(5);
        form.elements.lng.value = coords.longitude.toFixed(5);
        said.textContent = button.dataset.done;
        form.dispatchEvent(new Event("located"));
        if ("send" in button.dataset) form.submit();
      },
      () => { said.textContent = button.dataset.failed; },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
    );
  });
}

// What is reported in a dead spot waits here, in order, with the key that it was written with: sent twice it counts once.
const KEPT = "wlijo-later";
const kept = () => JSON.parse(localStorage.getItem(KEPT) || "[]");
// What waits beside and goes first: a photo of a counter is not taken once the trip has been handed over. False: there is no signal.
let before = async () => true;

// One at a time, over all tabs where the browser has locks: two at once would send one report twice, and lose the next.
let sends = Promise.resolve();
const alone = () => (navigator.locks ? navigator.locks.request(KEPT, sendAll) : sendAll());
const send = () => { sends = sends.then(alone, alone); return sends; };

async function sendAll() {
  if (!(await before())) return false;
  for (let waiting = kept(); waiting.length; waiting = kept()) {
    const [first] = waiting;
    const body = new URLSearchParams(first.body);
    body.set("csrf", document.querySelector("input[name=csrf]").value);
    let answer;
    try {
      answer = await fetch(first.to, { method: "POST", body });
    } catch { return false; }
    if (new URL(answer.url).pathname === "/masuk") return location.assign(answer.url);
    if (answer.status >= 500 || [403, 429].includes(answer.status)) return false;
    localStorage.setItem(KEPT, JSON.stringify(kept().filter((each) => JSON.stringify(each) !== JSON.stringify(first))));
    if (answer.status === 422 && location.pathname === first.to) {
      document.open();
      document.write(await answer.text());
      document.close();
      return true;
    }
  }
  return true;
}

async function later(event) {
  const form = event.target;
  if (!form.matches("[data-later]")) return;
  event.preventDefault();
  const body = [...new FormData(form, event.submitter)].map(([name, value]) => [name, String(value)]);
  // Tapped twice it is one report.
  const to = new URL(form.action).pathname, text = JSON.stringify(body);
  if (!kept().some((each) => each.to === to && JSON.stringify(each.body) === text)) {
    localStorage.setItem(KEPT, JSON.stringify([...kept(), { to, body }]));
  }
  if (await send()) return location.assign(location.pathname);
  const said = document.getElementById("tunggu");
  said.textContent = form.dataset.later;
  said.hidden = false;
}

async function retry() {
  if (kept().length && (await send())) location.reload();
}

for (const part of document.querySelectorAll(TURNS)) follow(part);
if (document.querySelector("[data-later]")) {
  document.addEventListener("submit", later);
  addEventListener("online", retry);
  setInterval(retry, 10000);
  addEventListener("load", retry);
}
for (const button of document.querySelectorAll("[data-share]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const url = new URL(button.dataset.share, location.href).href;
    if (navigator.share) return navigator.share({ url }).catch(() => {});
    await navigator.clipboard.writeText(url);
    button.textContent = button.dataset.done;
  });
}
function suggest(field) {
  let waits, last = "";
  field.addEventListener("input", () => {
    clearTimeout(waits);
    waits = setTimeout(async () => {
      const text = field.value.trim();
      if (text.length < 2 || text === last) return;
      last = text;
      const answer = await fetch(`${field.dataset.suggest}?q=${encodeURIComponent(text)}`).catch(() => null);
      if (!answer?.ok || field.value.trim() !== text) return;
      field.list.replaceChildren(...(await answer.json()).map((each) => Object.assign(document.createElement("option"), { value: each })));
    }, 250);
  });
}

// Where tabs do not fit, the one that is open is seen.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center", behavior: "instant" });
for (const field of document.querySelectorAll("[data-suggest]")) suggest(field);
if ("geolocation" in navigator) for (const button of document.querySelectorAll("[data-locate]")) locate(button);

const bytesOf = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));

function pushing(button, registration) {
  const said = document.getElementById(button.dataset.said);
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      const key = bytesOf(button.dataset.push);
      const { endpoint, keys } = (await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })).toJSON();
      const body = new URLSearchParams({ csrf: button.dataset.csrf, endpoint, p256dh: keys.p256dh, auth: keys.auth });
      const answer = await fetch("/pemberitahuan/push", { method: "POST", body });
      said.textContent = answer.ok ? button.dataset.done : await answer.text();
    } catch { said.textContent = button.dataset.failed; }
  });
}

if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/sw.js").then((registration) => {
    const button = document.querySelector("[data-push]");
    if (button && registration.pushManager) pushing(button, registration);
  });
}
