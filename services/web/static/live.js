// Pages that turn by themselves, and the phone's own place. Without it everything works by reload and by choosing from lists.
"use strict";

function follow(part) {
  const source = new EventSource(part.dataset.live);
  source.addEventListener("part", (event) => {
    const open = part.contains(document.activeElement) && /^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (!open) part.innerHTML = JSON.parse(event.data);
  });
  const renew = async () => {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
    const typing = /^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (page && !typing) part.innerHTML = page.innerHTML;
  };
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

async function send() {
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
    localStorage.setItem(KEPT, JSON.stringify(kept().slice(1)));
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
  localStorage.setItem(KEPT, JSON.stringify([...kept(), { to: new URL(form.action).pathname, body }]));
  if (await send()) return location.assign(location.pathname);
  const said = document.getElementById("tunggu");
  said.textContent = form.dataset.later;
  said.hidden = false;
}

async function retry() {
  if (kept().length && (await send())) location.reload();
}

for (const part of document.querySelectorAll("[data-live]")) follow(part);
if (document.querySelector("[data-later]")) {
  document.addEventListener("submit", later);
  addEventListener("online", retry);
  setInterval(retry, 10000);
  retry();
}
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
