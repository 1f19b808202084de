// A photo or a signature of a handover, or a photo at a counter (`stop`): kept in the phone until there is a signal, then sent under the key
// that it was taken with. Sent twice it counts once. Without this, a photo is sent by a form of the page.
"use strict";

const stored = (mode, work) => new Promise((done, failed) => {
  const asked = indexedDB.open("wlijo-proofs", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("waiting", { keyPath: "key" });
  asked.onerror = () => failed(asked.error);
  asked.onsuccess = () => {
    const change = asked.result.transaction("waiting", mode);
    const found = work(change.objectStore("waiting"));
    change.oncomplete = () => { asked.result.close(); done(found && found.result); };
    change.onabort = () => { asked.result.close(); failed(change.error); };
  };
});

// What is drawn on a canvas has nothing of the camera or the place, and goes over one bar of signal.
async function smaller(file) {
  try {
    const whole = await createImageBitmap(file, { imageOrientation: "from-image" });
    const by = Math.min(1, 1600 / Math.max(whole.width, whole.height));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.round(whole.width * by), Math.round(whole.height * by)];
    canvas.getContext("2d").drawImage(whole, 0, 0, canvas.width, canvas.height);
    return (await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.8); })) || file;
  } catch { return file; }
}

// True: sent, or of no use any more. False: it waits.
async function sendProof(one, tell) {
  const csrf = document.querySelector("input[name=csrf]").value;
  const body = new URLSearchParams({ csrf, do: `proof:${one.kind}`, key: one.key, by: "script" });
  if (one.stop) body.set("stop", one.stop);
  const asked = await fetch(one.to, { method: "POST", body });
  if (new URL(asked.url).pathname === "/masuk") return location.assign(asked.url) || false;
  if (asked.status >= 500 || [403, 429].includes(asked.status)) return false;
  const found = (asked.headers.get("content-type") || "").includes("json") ? await asked.json() : {};
  if (!found.url) { tell((found.said || []).join(" ")); return true; }
  const sent = await fetch(found.url, { method: "PUT", body: one.blob, headers: { "content-type": one.blob.type } });
  if (sent.status >= 500 || [408, 429].includes(sent.status)) return false;
  if (!sent.ok && sent.status !== 409) { tell(""); return true; }
  if (one.stop) return true;
  const said = [["do", "hand-over"], ["key", one.key], ["proof", found.proofId], ["cash", one.cash]];
  localStorage.setItem(KEPT, JSON.stringify([...kept(), { to: one.to, body: said }]));
  return true;
}

// Whether there was a signal: what could not be taken yet holds back no report.
let sending = null;
async function flush(tell) {
  for (const one of await stored("readonly", (all) => all.getAll())) {
    let done = false;
    try { done = await sendProof(one, tell); } catch { return false; }
    if (!done) return true;
    await stored("readwrite", (all) => all.delete(one.key));
  }
  return true;
}
const flushed = (tell) => { sending = sending || flush(tell).finally(() => { sending = null; }); return sending; };
const waits = () => stored("readonly", (all) => all.count());

function signing(canvas) {
  const pen = canvas.getContext("2d");
  let drawn = false;
  const wipe = () => { pen.fillStyle = "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height); drawn = false; };
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
  };
  wipe();
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pen.lineWidth = 4;
    pen.lineCap = "round";
    pen.beginPath();
    pen.moveTo(...at(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!event.buttons) return;
    pen.lineTo(...at(event));
    pen.stroke();
    drawn = true;
  });
  return { wipe, blob: () => (drawn ? new Promise((done) => { canvas.toBlob(done, "image/png"); }) : null) };
}

function proving(form) {
  const said = form.querySelector("[data-proof-said]");
  const canvas = form.querySelector("canvas");
  const sign = canvas && signing(canvas);
  form.hidden = false;
  if (sign) form.querySelector("[data-wipe]").addEventListener("click", sign.wipe);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const blob = sign ? await sign.blob() : await smaller(form.elements.photo.files[0]);
    if (!blob) { said.textContent = form.dataset.empty; return; }
    const { key, cash, stop } = form.elements;
    const to = new URL(form.action).pathname;
    await stored("readwrite", (all) => all.put({
      key: key.value, to, kind: form.dataset.proof, stop: stop ? stop.value : "", cash: cash ? cash.value : "0", blob,
    }));
    let refused = null;
    const done = (await flushed((text) => { refused = text || form.dataset.refused; })) && !(await waits());
    if (refused !== null) said.textContent = refused;
    else if (done && (await send())) location.assign(location.pathname);
    else said.textContent = form.dataset.waits;
  });
}

addEventListener("load", () => {
  if (!("indexedDB" in window)) return;
  before = () => flushed(() => {}).catch(() => true);
  for (const form of document.querySelectorAll("[data-plain]")) form.hidden = true;
  for (const form of document.querySelectorAll("[data-proof]")) proving(form);
  const again = async () => {
    if ((await waits()) && (await flushed(() => {})) && !(await waits()) && (await send())) location.reload();
  };
  addEventListener("online", again);
  setInterval(again, 10000);
  again();
});
