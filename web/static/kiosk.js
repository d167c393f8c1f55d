// What the kiosk does in the browser: scan, type on a pad, ask whether somebody is still there. Everything else works without it.

const IDLE = 30;
const GRACE = 20;
const TELL_EVERY = 15;

// A form is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
});

// A page that comes back from the browser's memory is asked for anew: it may be nobody's turn any more.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

scanning(document.querySelector("[data-scan]"));
padding(document.querySelector("[data-pad]"));
waiting(document.body.dataset.turn, document.body.dataset.csrf);

// The field for the card is always ready: a scanner types into it, and ends with Enter.
function scanning(field) {
  if (!field) return;
  document.addEventListener("keydown", (event) => {
    const elsewhere = event.target.closest("input, button, a, summary");
    if (!elsewhere && event.key.length === 1 && !event.ctrlKey && !event.metaKey) field.focus();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("input, button, a, summary, label")) field.focus();
  });
  camera(document.querySelector("[data-camera]"), field);
}

async function camera(box, field) {
  if (!box || !("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return;
  const formats = await BarcodeDetector.getSupportedFormats();
  if (!formats.includes("qr_code")) return;
  box.hidden = false;
  box.querySelector("[data-camera-start]").addEventListener("click", () => look(box, field));
}

async function look(box, field) {
  const video = box.querySelector("video");
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" } });
  } catch {
    box.hidden = true;
    field.focus();
    return;
  }
  box.querySelector("[data-camera-start]").hidden = true;
  box.querySelector("[data-camera-hint]").hidden = false;
  video.hidden = false;
  video.srcObject = stream;
  await video.play();
  const last = Date.now() + 30_000;
  while (Date.now() < last) {
    const [found] = await detector.detect(video);
    if (found) {
      field.value = found.rawValue;
      break;
    }
    await new Promise((done) => setTimeout(done, 200));
  }
  for (const track of stream.getTracks()) track.stop();
  video.hidden = true;
  box.querySelector("[data-camera-hint]").hidden = true;
  box.querySelector("[data-camera-start]").hidden = false;
  if (field.value) field.form.requestSubmit();
}

// The pad types into the field that was touched last, and goes on to the next one once it is full.
function padding(pad) {
  if (!pad) return;
  const form = pad.closest("form");
  const fields = [...form.querySelectorAll("[data-length]")];
  const first = fields.find((field) => field.getAttribute("aria-invalid") === "true") ?? fields.find((f) => !f.value);
  let field = first ?? fields[0];
  pad.hidden = false;
  for (const one of fields) {
    one.inputMode = "none";
    one.addEventListener("focus", () => (field = one));
    one.addEventListener("input", () => full(one));
  }
  field.focus();

  function full(one) {
    if (one.value.replace(/\D/g, "").length < Number(one.dataset.length)) return;
    const next = fields[fields.indexOf(one) + 1];
    if (next) next.focus();
    else if (fields.length === 1) form.requestSubmit();
  }

  pad.addEventListener("click", (event) => {
    const key = event.target.closest("button");
    if (!key) return;
    if (key.dataset.digit && field.value.length < Number(field.maxLength)) field.value += key.dataset.digit;
    if ("back" in key.dataset) field.value = field.value.slice(0, -1);
    if ("clear" in key.dataset) field.value = "";
    full(field);
  });
}

// After thirty idle seconds it asks; twenty seconds later it leaves. While somebody is busy on a page, the server is told.
function waiting(address, token) {
  if (!address) return;
  const asking = document.querySelector("#still-there");
  const left = document.querySelector("#still-there-left");
  let touched = Date.now();
  let told = Date.now();

  async function tell() {
    told = Date.now();
    const answer = await fetch(address, { method: "POST", headers: { "X-CSRFToken": token }, redirect: "manual" });
    if (!answer.ok) window.location.reload();
  }

  function touch() {
    if (asking.open) return;
    touched = Date.now();
    if (touched - told > TELL_EVERY * 1000) tell();
  }

  for (const kind of ["pointerdown", "keydown", "input", "wheel", "touchmove"]) {
    document.addEventListener(kind, touch, { passive: true });
  }
  asking.addEventListener("close", () => {
    touched = Date.now();
    tell();
  });
  document.querySelector("#still-there-yes").addEventListener("click", () => asking.close());

  const clock = setInterval(() => {
    const idle = (Date.now() - touched) / 1000;
    if (idle >= IDLE && !asking.open) asking.showModal();
    if (!asking.open) return;
    const more = Math.ceil(IDLE + GRACE - idle);
    left.textContent = Math.max(0, more);
    if (more > 0) return;
    clearInterval(clock);
    const leaving = document.querySelector("#leave");
    delete leaving.dataset.sent;
    leaving.requestSubmit();
  }, 500);
}
