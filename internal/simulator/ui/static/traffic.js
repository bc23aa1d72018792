// The calls and callbacks, as they come.

import { badge, byId, el, setText } from "./dom.js";
import { date, time } from "./format.js";
import { onChange, state } from "./state.js";

// maxRows is how many rows a table shows: the newest.
const maxRows = 200;

const rowsOf = new WeakMap(); // entry -> its row, so that only new ones are made

const timeCell = (text) => el("td", {}, el("time", { datetime: text, title: date(text) }, time(text)));

function sessionCell(id) {
  return el("td", {}, id && state.sessions.has(id) ? el("a", { href: `#/sessions/${encodeURIComponent(id)}` }, el("code", {}, id)) : el("code", {}, id));
}

function callRow(entry) {
  const good = entry.code === "SUCCESS";
  return el("tr", {},
    timeCell(entry.time),
    el("td", {}, entry.operation || "unknown path"),
    el("td", {}, entry.http_status ? String(entry.http_status) : "none"),
    el("td", {}, badge(good ? "good" : "bad", entry.code || "No envelope")),
    el("td", { class: "wide" }, entry.message),
    sessionCell(entry.signature_id),
    el("td", { class: "wide" }, entry.fault));
}

function callbackRow(entry) {
  const good = entry.http_status === 200;
  return el("tr", {},
    timeCell(entry.time),
    sessionCell(entry.signature_id),
    el("td", {}, String(entry.attempt)),
    el("td", {}, badge(good ? "good" : "bad", entry.http_status ? `HTTP ${entry.http_status}` : entry.error || "none")),
    el("td", {}, entry.next_attempt_at ? time(entry.next_attempt_at) : ""),
    el("td", { class: "wide" }, entry.url));
}

// renderTable shows the newest entries, the newest first.
function renderTable(body, empty, entries, makeRow) {
  const newest = entries.slice(-maxRows).reverse();
  const rows = newest.map((entry) => {
    if (!rowsOf.has(entry)) {
      rowsOf.set(entry, makeRow(entry));
    }
    return rowsOf.get(entry);
  });
  rows.forEach((row, i) => {
    if (body.children[i] !== row) {
      body.insertBefore(row, body.children[i] ?? null);
    }
  });
  while (body.children.length > rows.length) {
    body.lastChild.remove();
  }
  empty.hidden = rows.length > 0;
}

onChange(["calls"], () => {
  renderTable(byId("call-list"), byId("calls-empty"), state.calls, callRow);
  setText(byId("count-calls"), state.callCount.toLocaleString());
  setText(byId("calls-shown"), state.callCount > maxRows ? `The newest ${maxRows} of ${state.callCount.toLocaleString()}` : "");
});

onChange(["callbacks"], () => {
  renderTable(byId("callback-list"), byId("callbacks-empty"), state.callbacks, callbackRow);
  setText(byId("count-callbacks"), state.callbacks.length.toLocaleString());
});
