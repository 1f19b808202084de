// Where a wlijo is while her round lasts, by her phone. Without it she taps the stop that she has reached.
"use strict";

const EVERY_MS = 10000;

function report(form) {
  const said = form.querySelector("[data-round-said]");
  let sent = 0;
  let watching = 0;
  const send = async ({ coords }) => {
    if (Date.now() - sent < EVERY_MS) return;
    sent = Date.now();
    const body = new URLSearchParams({
      csrf: form.elements.csrf.value, do: "here", lat: coords.latitude.toFixed(5), lng: coords.longitude.toFixed(5),
    });
    const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
    if (answer && answer.status === 409) {
      navigator.geolocation.clearWatch(watching);
      location.reload();
    } else {
      said.textContent = answer && answer.ok ? form.dataset.done : form.dataset.failed;
    }
  };
  said.textContent = form.dataset.wait;
  watching = navigator.geolocation.watchPosition(send, () => { said.textContent = form.dataset.failed; },
    { enableHighAccuracy: true, timeout: 30000, maximumAge: 5000 });
}

if ("geolocation" in navigator) for (const form of document.querySelectorAll("[data-round]")) report(form);
