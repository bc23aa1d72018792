// What the dashboard knows, kept up to date by events. Renderers are told of
// changes once a frame, however many events there were.

import { events, get } from "./api.js";

// maxTraffic is how many calls and deliveries are kept: the newest.
const maxTraffic = 500;

export const state = {
  sessions: new Map(), // by signature id
  order: [], // signature ids in order of creation; may name forgotten ones
  calls: [], // the oldest first
  callCount: 0,
  callbacks: [], // the oldest first
  outcomes: [],
  faults: [],
  behaviour: {},
  clockOffset: 0, // of the simulator's clock from the browser's, in milliseconds
  connected: false,
};

// now is the time on the simulator's clock, in milliseconds.
export const now = () => Date.now() + state.clockOffset;

const renderers = new Map(); // part -> functions
const dirty = new Set();

// onChange calls render in the next frame after a part of the state has changed.
export function onChange(parts, render) {
  for (const part of parts) {
    renderers.set(part, [...(renderers.get(part) ?? []), render]);
  }
}

// changed says that a part of the state has changed.
export function changed(part) {
  if (dirty.size === 0) {
    requestAnimationFrame(renderAll);
  }
  dirty.add(part);
}

function renderAll() {
  const due = new Set();
  for (const part of dirty) {
    for (const render of renderers.get(part) ?? []) {
      due.add(render);
    }
  }
  dirty.clear();
  for (const render of due) {
    render();
  }
}

const setClock = (clock) => {
  state.clockOffset = Date.parse(clock.now) - Date.now();
  changed("clock");
};

// setSession adds or replaces a session.
export function setSession(session) {
  if (!state.sessions.has(session.signature_id)) {
    state.order.push(session.signature_id);
  }
  state.sessions.set(session.signature_id, session);
  changed("sessions");
}

function addTraffic(part, entry) {
  state[part].push(entry);
  if (state[part].length > 2 * maxTraffic) { // Seldom, for it copies.
    state[part] = state[part].slice(-maxTraffic);
  }
  changed(part);
}

// historyListener is called with each new entry of any session's history.
let historyListener = () => {};
export const onHistory = (listener) => {
  historyListener = listener;
};

// apply lets one event take effect.
function apply(name, data) {
  switch (name) {
    case "session":
      setSession(data);
      break;
    case "forgotten":
      state.sessions.delete(data.signature_id);
      changed("sessions");
      break;
    case "call":
      state.callCount++;
      addTraffic("calls", data);
      break;
    case "callback":
      addTraffic("callbacks", data);
      break;
    case "history":
      historyListener(data);
      break;
    case "clock":
      setClock(data);
      break;
    default: // faults, outcomes, behaviour
      state[name] = data;
      changed(name);
  }
}

let loading = false;
let loadAgain = false;
let early = []; // events that came while everything was being fetched

// load fetches everything. Events that come in the meantime are applied after
// it, so that what is older never replaces what is newer.
async function load() {
  if (loading) {
    loadAgain = true;
    return;
  }
  loading = true;
  do {
    loadAgain = false;
    early = [];
    await loadOnce();
  } while (loadAgain);
  loading = false;
  for (const [name, data] of early.splice(0)) {
    apply(name, data);
  }
}

async function loadOnce() {
  const names = ["sessions", "calls", "callbacks", "outcomes", "faults", "behaviour", "clock"];
  let answers;
  try {
    answers = await Promise.all(names.map(get));
  } catch {
    return; // The stream has ended too, and will open anew.
  }
  const [sessions, calls, callbacks, outcomes, faults, behaviour, clock] = answers;
  state.sessions = new Map(sessions.map((session) => [session.signature_id, session]));
  state.order = sessions.map((session) => session.signature_id);
  state.callCount = calls.length;
  state.calls = calls.slice(-maxTraffic);
  state.callbacks = callbacks.slice(-maxTraffic);
  Object.assign(state, { outcomes, faults, behaviour });
  setClock(clock);
  for (const part of names) {
    changed(part);
  }
  changed("loaded");
}

// connect subscribes to the events, for as long as the dashboard is open.
export function connect() {
  const stream = events();
  const connected = (yes) => {
    state.connected = yes;
    changed("connection");
  };
  stream.addEventListener("open", () => {
    connected(true);
    load();
  });
  stream.addEventListener("error", () => {
    connected(false);
    if (stream.readyState === EventSource.CLOSED) { // The browser has given up.
      setTimeout(connect, 2000);
    }
  });
  stream.addEventListener("reset", load);
  for (const name of ["session", "forgotten", "call", "callback", "history", "clock", "faults", "outcomes", "behaviour"]) {
    stream.addEventListener(name, (event) => {
      const data = JSON.parse(event.data);
      if (loading) {
        early.push([name, data]);
      } else {
        apply(name, data);
      }
    });
  }
}
