// Maps that can be moved, over those that the server drew: the library comes when one is opened, typed into or touched, as a phone's first
// view does not need it. Without tiles the regency's own outlines.
"use strict";

(() => {
  const told = document.currentScript.dataset;
  const letters = Object.fromEntries(told.letters.trim().split(" ").map((each) => each.split(":")));
  const maps = new Map();
  let library;

  const made = (tag, more) => new Promise((done, failed) => {
    document.head.append(Object.assign(document.createElement(tag), more, { onload: done, onerror: failed }));
  });

  function loaded() {
    library ??= Promise.all([
      made("link", { rel: "stylesheet", href: told.style }), made("script", { src: told.library }),
      fetch(told.land).then((answer) => answer.json()),
    ]).then(([, , land]) => land);
    return library;
  }

  const dot = (kind, label) => L.marker([0, 0], {
    icon: L.divIcon({ className: `dot ${kind}`, html: "", iconSize: [26, 26] }), interactive: false, keyboard: false, alt: label,
  });

  function marked(layer, { kind, at, label }) {
    const mark = dot(kind, label).setLatLng(at).addTo(layer);
    mark.getElement().textContent = letters[kind] || "";
    if (label) mark.bindTooltip(document.createTextNode(label), { permanent: true, direction: "auto", offset: [12, 0], className: "mark" });
    return mark;
  }

  function fill(held, data) {
    held.layer.clearLayers();
    for (const { at, label, look, holds } of data.areas) {
      const zone = L.polygon(at, { className: `zone ${look}${holds ? "" : " off"}`, interactive: false }).addTo(held.layer);
      zone.bindTooltip(document.createTextNode(label), { permanent: true, direction: "center", className: "mark" });
    }
    for (const metres of data.rings ? data.rings.metres : []) {
      L.circle(data.rings.at, { radius: metres, className: "ring", interactive: false }).addTo(held.layer);
      const top = [data.rings.at[0] + metres / 111195, data.rings.at[1]];
      const text = metres < 1000 ? `${metres} m` : `${metres / 1000} km`;
      L.tooltip({ permanent: true, direction: "center", className: "far" }).setLatLng(top).setContent(text).addTo(held.layer);
    }
    if (data.line.length) L.polyline(data.line, { className: "way", interactive: false }).addTo(held.layer);
    for (const each of data.marks) marked(held.layer, each);
  }

  function drawn(figure, land, data) {
    const box = document.createElement("div");
    box.className = "moves";
    const svg = figure.querySelector("svg");
    box.style.height = `${svg.getBoundingClientRect().height}px`; // nothing below it moves
    svg.replaceWith(box);
    const map = L.map(box, { zoomSnap: 0.5, attributionControl: Boolean(told.tiles), zoomControl: false, scrollWheelZoom: false });
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", figure.dataset.label);
    L.control.zoom({ zoomInTitle: told.zoomIn, zoomOutTitle: told.zoomOut }).addTo(map);
    const far = () => box.classList.toggle("afar", map.getZoom() < 10.5);
    map.on("zoomend", far);
    map.fitBounds(data.box);
    far();
    if (told.tiles) L.tileLayer(told.tiles, { attribution: told.credit, maxZoom: 19, referrerPolicy: "origin" }).addTo(map);
    for (const [name, corners] of land) {
      const area = L.polygon(corners, { className: told.tiles ? "land bare" : "land", interactive: false }).addTo(map);
      if (!told.tiles) area.bindTooltip(name, { permanent: true, direction: "center", className: "place" });
    }
    const held = { box, map, layer: L.layerGroup().addTo(map) };
    if (figure.dataset.draws) draws(figure, held);
    if ("pin" in figure.dataset) pins(figure, held);
    return held;
  }

  // A tap, or Enter on what the arrows have brought to the middle.
  function taken(held, figure, take) {
    held.box.classList.add("aims");
    held.map.on("click", ({ latlng }) => take(latlng));
    held.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target !== held.box) return;
      event.preventDefault();
      take(held.map.getCenter());
    });
    const said = figure.querySelector("figcaption");
    if (said) said.append(" ", told.keys);
  }

  function pins(figure, held) {
    const form = figure.closest("form");
    const said = document.getElementById(figure.dataset.said || "tahu");
    const pin = L.layerGroup().addTo(held.map);
    const show = () => {
      pin.clearLayers();
      const { lat, lng } = form.elements;
      if (lat.value) marked(pin, { kind: figure.dataset.pin, at: [lat.value, lng.value], label: "" });
    };
    taken(held, figure, ({ lat, lng }) => {
      form.elements.lat.value = lat.toFixed(5);
      form.elements.lng.value = lng.toFixed(5);
      show();
      if (said) said.textContent = `${lat.toFixed(4)}, ${lng.toFixed(4)}`;
    });
    form.addEventListener("located", show);
    show();
  }

  function draws(figure, held) {
    const text = document.getElementById(figure.dataset.draws);
    const drawing = L.layerGroup().addTo(held.map);
    const corners = () => text.value.split("\n").map((line) => line.split(",").map(Number)).filter((each) => each.length === 2 && each.every(Number.isFinite));
    const keep = (all) => {
      text.value = all.map(([lat, lng]) => `${(+lat).toFixed(5)}, ${(+lng).toFixed(5)}`).join("\n");
      show();
    };
    function show() {
      drawing.clearLayers();
      const all = text.value.trim().startsWith("{") ? [] : corners();
      if (all.length > 1) L.polygon(all, { className: "zone drawing", interactive: false }).addTo(drawing);
      all.forEach((at, index) => {
        const corner = L.marker(at, {
          icon: L.divIcon({ className: "corner", html: "", iconSize: [24, 24] }), draggable: true,
          title: told.corner.replace("#", index + 1),
        }).addTo(drawing);
        corner.getElement().setAttribute("aria-label", corner.options.title);
        corner.getElement().textContent = index + 1;
        corner.on("click", () => keep(all.filter((_, other) => other !== index)));
        corner.on("dragend", () => {
          const { lat, lng } = corner.getLatLng();
          keep(all.map((each, other) => (other === index ? [lat, lng] : each)));
        });
      });
    }
    taken(held, figure, ({ lat, lng }) => { if (!text.value.trim().startsWith("{")) keep([...corners(), [lat, lng]]); });
    text.addEventListener("input", show);
    show();
  }

  async function look(figure) {
    let land;
    try { land = await loaded(); } catch { return; } // what the server drew stays
    figure.removeAttribute("tabindex"); // the map has its own
    const data = JSON.parse(figure.dataset.map);
    let held = maps.get(figure.id);
    if (!held) maps.set(figure.id, held = drawn(figure, land, data));
    else if (!figure.contains(held.box)) figure.querySelector("svg").replaceWith(held.box);
    fill(held, data);
    if (here) marked(held.layer, { kind: "me", at: here, label: told.me });
  }

  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      look(target);
    }
  });

  // What is opened, or takes a place, is wanted; the picture of an order is enough until somebody reaches for it, or the phone says where it is.
  let here;
  const wanted = (figure) => here || "pin" in figure.dataset || figure.dataset.draws || figure.closest("details");

  function reached(figure) {
    figure.tabIndex = 0;
    for (const kind of ["pointerenter", "pointerdown", "focus"]) {
      figure.addEventListener(kind, () => seen.observe(figure), { once: true });
    }
  }

  function find() {
    for (const figure of document.querySelectorAll("[data-map]:not([data-found])")) {
      figure.dataset.found = "";
      figure.hidden = false;
      if (maps.has(figure.id)) look(figure);
      else if (wanted(figure)) seen.observe(figure);
      else reached(figure);
    }
  }

  // The phone's own place, while it is told anyway.
  addEventListener("wlijo-here", ({ detail }) => {
    here = detail;
    for (const figure of document.querySelectorAll("[data-map]")) {
      if (maps.has(figure.id)) look(figure);
      else seen.observe(figure);
    }
  });
  new MutationObserver(find).observe(document.getElementById("isi"), { childList: true, subtree: true });
  find();
})();
