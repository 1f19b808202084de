// Without a signal, a page that says so; with one, the network alone: a price or a door of yesterday helps nobody. And notices.
"use strict";
const KEEP = "wlijo-1";

addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEEP).then((kept) => kept.addAll(["/luring", "STYLE"])).then(() => skipWaiting()));
});
addEventListener("activate", (event) => {
  event.waitUntil(clients.claim());
});
addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate" && event.request.method === "GET") {
    event.respondWith(fetch(event.request).catch(() => caches.match("/luring")));
  } else if (event.request.destination === "style") {
    event.respondWith(fetch(event.request).catch(() => caches.match(event.request)));
  }
});
addEventListener("push", (event) => {
  let told = {};
  try { told = event.data.json(); } catch { told = { body: event.data ? event.data.text() : "" }; }
  const shown = { body: told.text || told.body || "", tag: told.id, data: { to: "/pemberitahuan" } };
  event.waitUntil(registration.showNotification(told.title || "Wlijo", shown));
});
addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(clients.openWindow(event.notification.data.to));
});
