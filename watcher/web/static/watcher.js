"use strict";

// Keeps the page as it is on the service: when the service says "changed", the page's own address
// is fetched and <main> is put in place of the old one. Where nothing is open, edited or hidden.
(() => {
  const address = document.body.dataset.live;
  const updated = document.body.dataset.updated;
  if (!address || !window.EventSource || !window.DOMParser) return;

  const LEAST = 3000; // Milliseconds between two refreshes.
  const MOST = 60000; // Ages on the page grow old even where nothing changes.
  const AGAIN = 30000; // After the stream was refused.

  let wanted = false;
  let busy = false;
  let last = performance.now();
  let timer = null;
  let edited = new WeakSet();
  let stream = null;

  const main = () => document.getElementById("main");
  const fields = "input, select, textarea";

  document.addEventListener("input", (event) => {
    if (event.target instanceof Element && main().contains(event.target)) edited.add(event.target);
  });

  // A field that somebody is at, or has written in, is not taken away.
  const inUse = () => {
    const at = document.activeElement;
    if (at && at.matches(fields) && main().contains(at)) return true;
    if (getSelection() && !getSelection().isCollapsed) return true;
    return [...main().querySelectorAll(fields)].some((one) => edited.has(one) || one.checked !== one.defaultChecked);
  };

  // How an element is found again on the new page: by its id, or by its place among its like.
  const likes = (root, one) => [...root.querySelectorAll(one.tagName)];
  const mark = (root, one) => (one.id ? { id: one.id } : { tag: one.tagName, href: one.getAttribute("href"), at: likes(root, one).indexOf(one) });
  const find = (root, seen) => {
    if (!seen) return null;
    if (seen.id) return document.getElementById(seen.id);
    const all = [...root.querySelectorAll(seen.tag)];
    return (seen.href && all.find((one) => one.getAttribute("href") === seen.href)) || all[seen.at] || null;
  };
  const label = (details) => details.id || (details.querySelector("summary") || details).textContent.trim();

  const swap = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("main");
    const old = main();
    if (!fresh || inUse()) return false;
    const open = new Map([...old.querySelectorAll("details")].map((one) => [label(one), one.open]));
    const at = old.contains(document.activeElement) && document.activeElement !== old ? mark(old, document.activeElement) : null;
    const scrolled = [...old.querySelectorAll("[data-scroll], .scroll, table")].map((one) => one.scrollLeft);
    const { scrollX, scrollY } = window;
    old.replaceChildren(...fresh.childNodes);
    for (const one of old.querySelectorAll("details")) if (open.has(label(one))) one.open = open.get(label(one));
    [...old.querySelectorAll("[data-scroll], .scroll, table")].forEach((one, n) => { if (scrolled[n]) one.scrollLeft = scrolled[n]; });
    const again = find(old, at);
    if (again) again.focus({ preventScroll: true });
    window.scrollTo(scrollX, scrollY);
    return true;
  };

  const say = () => {
    const note = document.getElementById("live");
    if (note && updated) note.textContent = `${updated} ${new Date().toLocaleTimeString(document.documentElement.lang)}`;
  };

  const refresh = async () => {
    timer = null;
    if (busy || document.hidden) return; // Wanted still, when the tab is looked at again.
    if (inUse()) { later(LEAST); return; }
    busy = true;
    let pause = AGAIN; // The service is away, or asks for a login.
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin", redirect: "manual" });
      if (answer.type === "opaqueredirect") { location.reload(); return; } // To the login.
      last = performance.now();
      if (answer.ok) {
        pause = LEAST;
        if (swap(await answer.text())) { wanted = false; say(); }
      }
    } catch { /* Tried again below. */ }
    busy = false;
    if (wanted) later(pause);
  };

  const later = (span) => { if (timer === null) timer = setTimeout(refresh, span); };
  const want = () => { wanted = true; later(Math.max(0, last + LEAST - performance.now())); };

  const listen = () => {
    if (stream) stream.close();
    stream = new EventSource(address);
    stream.addEventListener("changed", want);
    stream.addEventListener("error", () => {
      // A stream that broke comes again by itself, one that was refused does not.
      if (stream.readyState === EventSource.CLOSED) setTimeout(() => { if (!document.hidden) wake(); }, AGAIN);
    });
  };

  // A browser has six connections to one service: tabs that nobody looks at hold none of them.
  const rest = () => { if (stream) stream.close(); };
  const wake = () => { listen(); want(); };
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : wake()));
  addEventListener("pagehide", rest);
  addEventListener("pageshow", (event) => { if (event.persisted) wake(); });
  setInterval(() => { if (performance.now() - last > MOST && !document.hidden) want(); }, 5000);
  if (!document.hidden) listen();
})();
