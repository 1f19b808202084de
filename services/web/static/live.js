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

for (const part of document.querySelectorAll("[data-live]")) follow(part);
if ("geolocation" in navigator) for (const button of document.querySelectorAll("[data-locate]")) locate(button);
