// A sound when an order comes, made by the browser itself. It is off until somebody taps; a browser that was opened anew is silent until the
// first tap on the page, as browsers want it.
"use strict";

const ON = "wlijo-bell", KNOWN = "wlijo-bell-known";
const button = document.querySelector("[data-bell]");
const part = document.querySelector("[data-live]");
const said = document.getElementById("bunyi");
const waiting = () => [...part.querySelectorAll("[data-new]")].map((each) => each.dataset.new);
let sound;

function ring() {
  if (sound?.state !== "running") return;
  for (const [after, pitch] of [[0, 880], [0.25, 1175], [0.5, 880], [0.75, 1175]]) {
    const tone = sound.createOscillator(), loud = sound.createGain(), at = sound.currentTime + after;
    tone.frequency.value = pitch;
    loud.gain.setValueAtTime(0.4, at);
    loud.gain.exponentialRampToValueAtTime(0.001, at + 0.22);
    tone.connect(loud).connect(sound.destination);
    tone.start(at);
    tone.stop(at + 0.24);
  }
}

function look() {
  const now = waiting(), known = JSON.parse(sessionStorage.getItem(KNOWN) || "null");
  sessionStorage.setItem(KNOWN, JSON.stringify(now));
  if (known && now.some((each) => !known.includes(each))) ring();
}

const on = () => localStorage.getItem(ON) === "1";

function show() {
  button.textContent = on() ? button.dataset.off : button.dataset.on;
  button.setAttribute("aria-pressed", on());
  said.textContent = !on() || sound?.state === "running" ? "" : said.dataset.tap;
}

async function wake() {
  if (!on()) return;
  sound ??= new AudioContext();
  await sound.resume().catch(() => {});
  show();
}

if (button && part && "AudioContext" in window) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    localStorage.setItem(ON, on() ? "0" : "1");
    if (on()) {
      await wake();
      ring();
    } else await sound?.suspend();
    show();
  });
  for (const tap of ["pointerdown", "keydown"]) document.addEventListener(tap, (event) => { if (!button.contains(event.target)) wake(); });
  show();
  look();
  new MutationObserver(look).observe(part, { childList: true, subtree: true });
}
