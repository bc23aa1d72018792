// The control API: the one source of all that the dashboard shows.

const root = "/simulator/v1/";

// call asks the control API. It throws an Error with the API's own words.
export async function call(method, path, body) {
  const options = { method };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  const response = await fetch(root + path, options);
  const text = await response.text();
  const value = text === "" ? null : JSON.parse(text);
  if (!response.ok) {
    throw new Error(value?.error ?? `HTTP ${response.status}`);
  }
  return value;
}

export const get = (path) => call("GET", path);

// sessionPath is the path of a session, or of something below it.
export const sessionPath = (id, rest = "") => `sessions/${encodeURIComponent(id)}${rest}`;

export const events = () => new EventSource(`${root}events`);
