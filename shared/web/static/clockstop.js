// What a page does besides being read: NHS.UK components, "4 s ago", and care for the reader when a fragment is pushed.
import { initAll } from "./nhsuk/nhsuk-frontend.min.js";

document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
initAll();

const ago = (seconds) => {
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} days ago`;
};

let connection = "";

const refresh = () => {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    time.textContent = ago((Date.now() - Date.parse(time.dateTime)) / 1000);
  }
  if (connection) {
    for (const place of document.querySelectorAll("[data-connection]")) {
      place.textContent = connection;
      place.dataset.connection = connection;
    }
  }
};

const connected = (words) => () => {
  connection = words;
  refresh();
};

document.body.addEventListener("htmx:sseOpen", connected("live"));
document.body.addEventListener("htmx:sseError", connected("not live, reconnecting"));

// A push replaces the fragment: what the reader opened stays open, and what they scrolled stays where it was.
let kept = { open: [], scrolled: [] };
document.body.addEventListener("htmx:sseBeforeMessage", () => {
  kept = {
    open: [...document.querySelectorAll("details[id][open]")].map((one) => one.id),
    scrolled: [...document.querySelectorAll("[data-scroll][id]")].map((one) => [one.id, one.scrollLeft]),
  };
});
document.body.addEventListener("htmx:sseMessage", () => {
  kept.open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  kept.scrolled.forEach(([id, left]) => document.getElementById(id)?.scrollTo({ left }));
  refresh();
});

setInterval(refresh, 1000);
refresh();
