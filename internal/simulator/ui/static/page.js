"use strict";

// Takes the picture. Without this script the form works too: it then sends a
// file that the visitor chose, or nothing, which stands for the drawn face.

const picture = document.getElementById("picture");
const video = document.getElementById("video");
const canvas = document.getElementById("canvas");
const file = document.getElementById("file");
const button = (id) => document.getElementById(id);

// The longest side of a picture that is sent, in pixels.
const longest = 960;

let stream = null;

// show changes to a stage (standin, starting, live, taken), says so, and tells
// the simulator, for the session's history. The focus moves on to where it is
// needed next, if its button has gone.
function show(stage, status, focus) {
  const hadFocus = picture.contains(document.activeElement);
  picture.dataset.stage = stage;
  button("status").textContent = picture.dataset[status];
  const address = new URL(location.href);
  address.searchParams.set("event", status);
  navigator.sendBeacon(address);
  if (hadFocus && focus) {
    button(focus).focus();
  }
}

function stopCamera() {
  for (const track of stream ? stream.getTracks() : []) {
    track.stop();
  }
  stream = null;
  video.srcObject = null;
}

function useStandIn(status) {
  stopCamera();
  file.value = "";
  show("standin", status, "start");
}

// cameraStatus says why there is no camera.
function cameraStatus(error) {
  switch (error.name) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
  }
  return "failed";
}

async function startCamera() {
  if (!navigator.mediaDevices) {
    useStandIn("unsupported");
    return;
  }
  show("starting", "starting");
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" } });
    video.srcObject = stream;
    await video.play();
    show("live", "live");
    button("take").focus();
  } catch (error) {
    useStandIn(cameraStatus(error));
    button("start").focus();
  }
}

// keep draws a source onto the canvas and puts it into the form as a JPEG. It does
// not wait: the visitor may press a button of the form right after.
function keep(source, width, height) {
  const scale = Math.min(1, longest / Math.max(width, height));
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
  const base64 = canvas.toDataURL("image/jpeg", 0.9).split(",")[1];
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "picture.jpg", { type: "image/jpeg" }));
  file.files = transfer.files;
  show("taken", "taken", "retake");
}

function take() {
  keep(video, video.videoWidth, video.videoHeight);
  stopCamera();
}

async function useFile() {
  if (file.files.length === 0) {
    useStandIn("standin");
    return;
  }
  stopCamera();
  try {
    const image = await createImageBitmap(file.files[0]);
    keep(image, image.width, image.height);
  } catch {
    useStandIn("unreadable");
  }
}

button("start").addEventListener("click", startCamera);
button("retake").addEventListener("click", startCamera);
button("take").addEventListener("click", take);
button("cancel").addEventListener("click", () => useStandIn("standin"));
button("standin").addEventListener("click", () => useStandIn("standin"));
file.addEventListener("change", useFile);
window.addEventListener("pagehide", stopCamera);

// A second click must not send the form again: the visitor would see its answer,
// "already finished", instead of the first one's. A later click must: the page is
// still there when the visitor has stopped the first one, and when it led to an app.
const patience = 10_000; // milliseconds
let sentAt = -Infinity;
document.getElementById("check").addEventListener("submit", (event) => {
  if (Date.now() - sentAt < patience) {
    event.preventDefault();
  } else {
    sentAt = Date.now();
  }
});
window.addEventListener("pageshow", () => {
  sentAt = -Infinity;
});

document.documentElement.dataset.script = "on";
