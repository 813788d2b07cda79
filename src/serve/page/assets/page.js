// What keeps a page live. Everything else works without it.
"use strict";

/** Alerts that may come before the page has become too long to read. */
const MOST = 500;
/** How long to wait where the daemon refuses a stream, in milliseconds. */
const AGAIN = 5000;

const list = document.getElementById("alerts");
const said = document.getElementById("live");

/** Puts new alerts at the top as they come, each once and without a gap. */
function follow(address) {
  const url = new URL(address, location.href);
  let source = null;
  let waiting = 0;
  let count = 0;

  const say = (state) => {
    const come = count === 0 ? "" : count === 1 ? " 1 new alert." : ` ${count} new alerts.`;
    said.textContent = state + come;
  };
  const close = () => {
    clearTimeout(waiting);
    if (source) source.close();
    source = null;
  };
  const open = () => {
    close();
    source = new EventSource(url);
    source.onopen = () => say("Live.");
    source.onerror = () => {
      say("Not connected; trying again.");
      // A browser comes back by itself, with the last id it saw, unless it was refused.
      if (source.readyState === EventSource.CLOSED) waiting = setTimeout(open, AGAIN);
    };
    source.addEventListener("alert", (event) => {
      url.searchParams.set("cursor", event.lastEventId);
      // The daemon has escaped whatever comes from a feed.
      const row = document.createElement("template");
      row.innerHTML = event.data;
      row.content.firstElementChild.classList.add("new");
      list.prepend(row.content);
      document.getElementById("none")?.remove();
      count += 1;
      say("Live.");
      if (count >= MOST) {
        close();
        said.textContent = `${count} new alerts have come; load the page again to go on.`;
      }
    });
  };
  // A browser holds few connections to one host: pages that nobody sees leave theirs to others.
  document.addEventListener("visibilitychange", () => {
    if (count >= MOST) return;
    if (document.hidden) close();
    else open();
  });
  if (!document.hidden) open();
}

/** Adds older alerts below instead of leaving the page. */
async function more(event) {
  const link = event.target.closest("#next");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  link.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(link.href);
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const rows = [...page.querySelectorAll("#alerts > li")];
    const next = page.getElementById("next");
    list.append(...rows);
    if (next) link.replaceWith(next);
    else link.parentElement.remove();
    rows[0]?.querySelector("h2 a")?.focus();
  } catch {
    location.href = link.href;
  }
}

if (list) document.addEventListener("click", more);
if (said?.dataset.live) follow(said.dataset.live);
