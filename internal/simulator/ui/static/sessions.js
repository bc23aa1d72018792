// The list of sessions.

import { badge, byId, el, setText } from "./dom.js";
import { age, countdown } from "./format.js";
import { now, onChange, state } from "./state.js";

// maxRows is how many sessions the list shows: the newest that match.
const maxRows = 200;

const list = byId("session-list");
const rows = new Map(); // signature id -> row

// userOf is the user id, which is gone once it was erased.
export const userOf = (session) => session.input_parameters.userId ?? "User erased";

// badges says what has become of a session.
export function badges(session) {
  const made = [];
  if (session.state === "issued") {
    made.push(badge("warn", "Waiting"));
  } else {
    made.push(badge({ PASS: "good", FAIL: "bad" }[session.overall_result] ?? "plain", session.overall_result));
  }
  if (session.state === "cleared") {
    made.push(badge("plain", "Erased"));
  }
  return made;
}

// timeLeft says how much longer a link can be used, "" for one that was.
export function timeLeft(session) {
  if (session.state !== "issued") {
    return "";
  }
  const left = Date.parse(session.expires_at) - now();
  return left > 0 ? `${countdown(left)} left` : "Expired";
}

class Row {
  constructor(id) {
    this.user = el("span", { class: "who" });
    this.badges = el("span", { class: "badges" });
    this.age = el("span", { class: "age" });
    this.left = el("span", { class: "left" });
    this.link = el("a", { href: `#/sessions/${encodeURIComponent(id)}` },
      this.user, this.badges, el("span", { class: "meta" }, el("code", {}, id), " ", this.age), this.left);
    this.element = el("li", {}, this.link);
  }

  update(session, selected) {
    if (this.session !== session) {
      this.session = session;
      this.user.classList.toggle("erased", session.input_parameters.userId === undefined);
      setText(this.user, userOf(session));
      this.badges.replaceChildren(...badges(session));
      this.tick();
    }
    if (selected) {
      this.link.setAttribute("aria-current", "true");
    } else {
      this.link.removeAttribute("aria-current");
    }
  }

  tick() {
    setText(this.age, age(now() - Date.parse(this.session.created_at)));
    setText(this.left, timeLeft(this.session) || (this.session.holds_personal_data ? "Picture held" : ""));
  }
}

// matches returns the newest sessions that the filter lets through, and how many
// there are of them in all.
function matches() {
  const wanted = byId("filter").value;
  const search = byId("search").value.trim().toLowerCase();
  const found = [];
  let count = 0;
  for (let i = state.order.length - 1; i >= 0; i--) {
    const session = state.sessions.get(state.order[i]);
    if (!session || (wanted && session.state !== wanted) ||
      (search && !`${userOf(session)}\n${session.signature_id}`.toLowerCase().includes(search))) {
      continue;
    }
    count++;
    if (found.length < maxRows) {
      found.push(session);
    }
  }
  return { found, count };
}

let selectedId = "";

// select marks the session that is shown in detail.
export function select(id) {
  selectedId = id;
  render();
}

function render() {
  const { found, count } = matches();
  const shown = new Set();
  found.forEach((session, i) => {
    const id = session.signature_id;
    shown.add(id);
    if (!rows.has(id)) {
      rows.set(id, new Row(id));
    }
    const row = rows.get(id);
    row.update(session, id === selectedId);
    if (list.children[i] !== row.element) {
      list.insertBefore(row.element, list.children[i] ?? null);
    }
  });
  for (const [id, row] of rows) {
    if (!shown.has(id)) {
      row.element.remove();
      rows.delete(id);
    }
  }
  setText(byId("shown"), summary(found.length, count));
  setText(byId("count-sessions"), state.sessions.size.toLocaleString());
}

function summary(shown, count) {
  if (state.sessions.size === 0) {
    return "No sessions yet.";
  }
  if (count === 0) {
    return "No session matches.";
  }
  return shown < count ? `The newest ${shown} of ${count.toLocaleString()}` : "";
}

export function tickList() {
  for (const row of rows.values()) {
    row.tick();
  }
}

onChange(["sessions"], render);
onChange(["clock"], tickList);
byId("search").addEventListener("input", render);
byId("filter").addEventListener("input", render);
