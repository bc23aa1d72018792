// One session in detail.

import { call, get, sessionPath } from "./api.js";
import { byId, describe, el, setText, toast } from "./dom.js";
import { date, time } from "./format.js";
import { badges, select, timeLeft, userOf } from "./sessions.js";
import { onChange, onHistory, state } from "./state.js";

let shownId = "";
let shownSession = null;

const maxHistory = 100;
let history = [];

// showDetail shows a session, or with "" the introduction.
export async function showDetail(id) {
  select(id);
  byId("view-sessions").dataset.detail = id === "" ? "no" : "yes";
  if (id === shownId) {
    return;
  }
  shownId = id;
  shownSession = null;
  history = [];
  clearPicture();
  render();
  if (id !== "") {
    await loadHistory(id);
  }
}

async function loadHistory(id) {
  try {
    const entries = await get(sessionPath(id, "/history"));
    if (id === shownId) {
      history = entries;
      renderHistory();
    }
  } catch {
    if (id === shownId && !state.sessions.has(id)) {
      location.hash = "#/sessions"; // It is unknown.
    }
  }
}

function render() {
  const session = state.sessions.get(shownId);
  byId("detail").hidden = !session;
  byId("start").hidden = Boolean(session);
  if (!session && shownSession) {
    location.hash = "#/sessions"; // It was forgotten.
  }
  if (!session || session === shownSession) {
    return;
  }
  const before = shownSession;
  shownSession = session;
  setText(byId("detail-user"), userOf(session));
  byId("detail-badges").replaceChildren(...badges(session));
  renderActions(session);
  renderPicture(session);
  describe(byId("facts"), facts(session));
  describe(byId("parameters"), Object.entries(session.input_parameters).map(([name, value]) => [name, String(value)]));
  tickDetail();
  if (!before) {
    renderHistory();
    byId("detail").scrollTop = 0;
  }
}

const momentOf = (text) => text && date(text);

const facts = (session) => [
  ["Signature id", el("code", {}, session.signature_id)],
  ["Result", session.overall_result],
  ["Error code", session.error_code],
  ["Score", session.score === null ? null : String(session.score)],
  ["Created", momentOf(session.created_at)],
  ["Link expires", momentOf(session.expires_at)],
  ["Ends by itself", momentOf(session.outcome_due_at)],
  ["Finished", momentOf(session.finished_at)],
  ["Erased", momentOf(session.cleared_at)],
  ["Last callback", session.callback && `${session.callback.http_status || session.callback.error}, attempt ${session.callback.attempt}`],
];

function renderActions(session) {
  const open = session.state === "issued";
  const finish = byId("finish");
  const hadFocus = byId("detail").contains(document.activeElement);
  byId("open-link").href = session.url;
  byId("open-link").hidden = !open;
  byId("copy-link").hidden = !open;
  finish.hidden = !open;
  byId("send-callback").hidden = !session.input_parameters.callbackUrl;
  if (hadFocus && document.activeElement.closest("[hidden]")) {
    byId("detail-user").focus();
  }
}

// The picture is loaded once: each event brings another link to the same one.
let picture = null;

function clearPicture() {
  picture = null;
  byId("picture-frame").replaceChildren();
}

function renderPicture(session) {
  byId("picture").dataset.state = session.picture_url ? "held" : session.state === "cleared" ? "erased" : "none";
  setText(byId("picture-caption"), pictureCaption(session));
  if (session.picture_url && !picture) {
    const { pathname, search } = new URL(session.picture_url);
    picture = el("img", { src: pathname + search, alt: "The picture that the API returns" });
    byId("picture-frame").replaceChildren(picture);
  } else if (!session.picture_url && picture) {
    vanish(picture);
    picture = null;
  }
}

function pictureCaption(session) {
  if (session.picture_url) {
    return "Held until the data is cleared";
  }
  return session.state === "cleared" ? `Erased ${date(session.cleared_at)}` : "No picture";
}

// vanish lets the eye follow an erasure, and then takes the image away.
async function vanish(image) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const fading = image.animate([{ opacity: 1, filter: "none" }, { opacity: 0, filter: "blur(24px)" }], still ? 0 : 900);
  await fading.finished;
  image.remove();
}

function renderHistory() {
  byId("history").replaceChildren(...history.map((entry) =>
    el("li", { "data-kind": entry.kind }, el("time", { datetime: entry.time }, time(entry.time)), el("span", { class: "kind" }, entry.kind), el("span", {}, entry.text))));
}

export function tickDetail() {
  if (shownSession) {
    setText(byId("detail-left"), timeLeft(shownSession));
  }
}

onHistory((entry) => {
  if (entry.signature_id === shownId) {
    history = [...history, entry].slice(-maxHistory);
    renderHistory();
  }
});

onChange(["sessions"], render);
onChange(["clock"], tickDetail);
onChange(["loaded"], () => {
  if (shownId !== "") {
    loadHistory(shownId);
  }
});

// act does something with the session that is shown and says what came of it.
async function act(method, rest, body, done) {
  try {
    await call(method, sessionPath(shownId, rest), body);
    toast(done);
  } catch (error) {
    toast(error.message, true);
  }
}

byId("finish").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) {
    const { result, errorCode } = button.dataset;
    act("POST", "/finish", { result, error_code: errorCode }, `Finished as ${result}.`);
  }
});
byId("send-callback").addEventListener("click", () => act("POST", "/callback", undefined, "The callback is on its way."));
byId("forget").addEventListener("click", () => act("DELETE", "", undefined, "The session is forgotten."));
byId("copy-link").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(shownSession.url);
    toast("The link is copied.");
  } catch {
    toast("The browser does not allow it.", true);
  }
});
