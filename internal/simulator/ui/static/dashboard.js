// The dashboard: views, clock, and the dialog for a new session.

import { call } from "./api.js";
import { showDetail, tickDetail } from "./detail.js";
import { byId, setText, toast } from "./dom.js";
import { date } from "./format.js";
import { tickList } from "./sessions.js";
import { connect, now, onChange, setSession, state } from "./state.js";
import { values } from "./scenarios.js";
import "./traffic.js";

// route shows what the address asks for: #/calls, or #/sessions/SIGNATURE_ID.
function route() {
  const [view, id = ""] = location.hash.replace(/^#\//, "").split("/");
  const links = [...document.querySelectorAll("nav a")];
  const link = links.find((each) => each.dataset.view === view) ?? links[0];
  for (const each of links) {
    const current = each === link;
    byId(`view-${each.dataset.view}`).hidden = !current;
    if (current) {
      each.setAttribute("aria-current", "page");
    } else {
      each.removeAttribute("aria-current");
    }
  }
  showDetail(link.dataset.view === "sessions" ? id : "");
}

window.addEventListener("hashchange", route);
route();

function tick() {
  setText(byId("clock"), date(now()));
  tickList();
  tickDetail();
}

onChange(["clock"], () => setText(byId("clock"), date(now())));
setInterval(tick, 1000);

onChange(["connection"], () => {
  byId("live").dataset.state = state.connected ? "on" : "off";
  setText(byId("live"), state.connected ? "Live" : "Reconnecting");
});

byId("clock-hour").addEventListener("click", async () => {
  try {
    await call("POST", "clock", { advance_seconds: 3600 });
    toast("The clock is one hour on.");
  } catch (error) {
    toast(error.message, true);
  }
});

setText(byId("origin"), location.origin);

const dialog = byId("new-dialog");
const form = byId("new-form");

byId("new-session").addEventListener("click", () => {
  setText(byId("new-error"), "");
  dialog.showModal();
});
byId("new-cancel").addEventListener("click", () => dialog.close());

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const session = await call("POST", "sessions", values(form));
    dialog.close();
    setSession(session);
    location.hash = `#/sessions/${encodeURIComponent(session.signature_id)}`;
    window.open(session.url, "_blank", "noopener");
  } catch (error) {
    setText(byId("new-error"), error.message);
  }
});

connect();
