// Where a rider is, by their phone, while they ride. In a dead spot nothing is kept: an old place helps nobody, the next one does.
"use strict";

const EVERY_MS = 5000;

function ride(form) {
  const said = form.querySelector("[data-ride-said]");
  let sent = 0;
  let watching = 0;
  const send = async ({ coords, timestamp }) => {
    dispatchEvent(new CustomEvent("wlijo-here", { detail: [coords.latitude, coords.longitude] }));
    if (Date.now() - sent < EVERY_MS) return;
    sent = Date.now();
    const body = new URLSearchParams({
      csrf: form.elements.csrf.value, lat: coords.latitude.toFixed(5), lng: coords.longitude.toFixed(5),
      at: new Date(timestamp).toISOString(),
    });
    const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
    if (answer && answer.status === 409) {
      navigator.geolocation.clearWatch(watching);
      said.textContent = form.dataset.over;
    } else {
      said.textContent = answer && answer.ok ? form.dataset.done : form.dataset.failed;
    }
  };
  watching = navigator.geolocation.watchPosition(send, () => { said.textContent = form.dataset.failed; },
    { enableHighAccuracy: true, timeout: 30000, maximumAge: 2000 });
}

if ("geolocation" in navigator) for (const form of document.querySelectorAll("[data-ride]")) ride(form);
