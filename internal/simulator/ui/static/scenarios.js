// What happens to the sessions and calls to come: outcomes, faults, limits.

import { call, get } from "./api.js";
import { byId, el, setText, toast } from "./dom.js";
import { onChange, state } from "./state.js";

// values returns what a form's fields hold, for the control API: empty fields
// are left out, and numbers are numbers.
export function values(form) {
  const body = {};
  for (const field of form.elements) {
    if (!field.name || (field.type !== "checkbox" && field.value === "")) {
      continue;
    }
    if (field.type === "checkbox") {
      body[field.name] = field.checked;
    } else {
      body[field.name] = (field.dataset.type ?? field.type) === "number" ? Number(field.value) : field.value;
    }
  }
  return body;
}

// act asks the control API and says what came of it.
async function act(method, path, body, done) {
  try {
    await call(method, path, body);
    toast(done);
  } catch (error) {
    toast(error.message, true);
  }
}

function onSubmit(id, send) {
  const form = byId(id);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(values(form));
  });
}

const times = (count) => (count < 0 ? "always" : `${count} ×`);

function renderWaiting() {
  byId("outcome-list").replaceChildren(...state.outcomes.map((outcome) =>
    el("li", {}, el("strong", {}, outcome.result), ` ${outcome.error_code ?? ""} for `,
      outcome.user_id_prefix ? el("code", {}, `${outcome.user_id_prefix}…`) : "the next session",
      outcome.after_seconds ? ` after ${outcome.after_seconds} s` : "", `, ${times(outcome.count)}`)));
  byId("fault-list").replaceChildren(...state.faults.map((fault) =>
    el("li", {}, el("strong", {}, fault.kind), ` in ${fault.operation}, ${times(fault.count)}`, fault.after_effect ? ", after the effect" : "")));
  byId("clear-outcomes").hidden = state.outcomes.length === 0;
  byId("clear-faults").hidden = state.faults.length === 0;
  const waiting = state.outcomes.length + state.faults.length;
  setText(byId("count-scenarios"), waiting > 0 ? String(waiting) : "");
}

onChange(["outcomes", "faults"], renderWaiting);

// The fields show what is set, but for one that is being edited.
onChange(["behaviour"], () => {
  for (const field of byId("behaviour-form").elements) {
    const value = state.behaviour[field.name];
    if (!field.name || value === undefined || field === document.activeElement) {
      continue;
    }
    if (field.type === "checkbox") {
      field.checked = value;
    } else {
      field.value = String(value);
    }
  }
});

onSubmit("outcome-form", (body) => act("POST", "outcomes", body, "The outcome is set."));
onSubmit("fault-form", (body) => act("POST", "faults", body, "The fault waits for its call."));
onSubmit("behaviour-form", (body) => act("POST", "behaviour", body, "Applied."));
byId("clear-outcomes").addEventListener("click", () => act("DELETE", "outcomes", undefined, "All outcomes are removed."));
byId("clear-faults").addEventListener("click", () => act("DELETE", "faults", undefined, "All faults are removed."));
byId("reset").addEventListener("click", () => act("POST", "reset", undefined, "The simulator is as new."));

let kinds = [];
const { operation, kind } = byId("fault-form").elements;

function renderKinds() {
  const before = kind.value;
  const fitting = kinds.filter((each) => each.operations.includes(operation.value));
  kind.replaceChildren(...fitting.map((each) => el("option", {}, each.kind)));
  if (fitting.some((each) => each.kind === before)) {
    kind.value = before;
  }
  describeKind();
}

function describeKind() {
  setText(byId("kind-text"), kinds.find((each) => each.kind === kind.value)?.description ?? "");
}

operation.addEventListener("input", renderKinds);
kind.addEventListener("input", describeKind);
onChange(["loaded"], async () => {
  if (kinds.length === 0) {
    // "envelope" needs a code and a message, which the form does not have.
    kinds = (await get("faults/kinds")).filter((each) => each.kind !== "envelope");
    renderKinds();
  }
});
