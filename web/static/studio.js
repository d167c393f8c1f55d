// The studio: what is typed is sent at once, and the figures of the answer take the place of the old ones. Without it, a button does the same.

const WAIT = 250;
const LONG = 800;
const editor = () => document.getElementById("editor");
const form = () => document.getElementById("draft");

let waiting = null; // until typing has rested
let under = null; // the request that is under way
let changes = 0; // how often something was changed: an answer to an earlier state changes no field

const names = (root) => [...root.querySelectorAll("[name]")].map((one) => one.name).join("\n");

function key() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Put the answer in the place of what stands there; fields that somebody may be typing into only where there are others now.
function show(answer, everything) {
  for (const [id, whole] of [["controls", everything], ["beside", false]]) {
    const now = document.getElementById(id);
    const then = answer.getElementById(id);
    if (whole || names(now) !== names(then)) swap(now, then);
    else tell(now, then);
  }
  const [figures, others] = [document.getElementById("figures"), answer.getElementById("figures")];
  if (!("none" in others.dataset) || !figures.querySelector(".stat")) swap(figures, others);
  figures.classList.toggle("stale", "none" in others.dataset);
  for (const id of ["stands", "summary"]) {
    const [now, then] = [document.getElementById(id), answer.getElementById(id)];
    if (now.innerHTML !== then.innerHTML) now.innerHTML = then.innerHTML;
  }
  const called = answer.getElementById("draft").dataset.called;
  const head = document.querySelector("h1");
  if (head.textContent !== called) head.textContent = called;
  form().revision.value = answer.getElementById("draft").revision.value;
  for (const which of ["undo", "redo"]) {
    const find = (root) => root.querySelector(`button[name="do"][value="${which}"]`);
    find(form()).disabled = find(answer).disabled;
  }
  const refused = answer.getElementById("refused");
  document.getElementById("refused")?.remove();
  if (refused) form().querySelector(".studio").before(refused);
}

// Take over what a part has become; what was open stays open, and the focus where it was.
function swap(now, then) {
  const open = new Set([...now.querySelectorAll("details[id][open]")].map((one) => one.id));
  const focused = document.activeElement;
  const at = now.contains(focused) && focused.name ? [focused.name, focused.value, focused.type] : null;
  now.replaceChildren(...then.childNodes);
  for (const one of now.querySelectorAll("details[id]")) if (open.has(one.id)) one.open = true;
  if (!at) return;
  const again = [...now.querySelectorAll("[name]")].filter((one) => one.name === at[0]);
  (again.find((one) => one.value === at[1]) ?? again[0])?.focus({ preventScroll: true });
}

// Say each mistake at its control, and how many a group has, without touching the fields.
function tell(now, then) {
  for (const one of then.querySelectorAll("[data-told]")) {
    const old = now.querySelector(`[data-told="${one.dataset.told}"]`);
    if (old && old.innerHTML !== one.innerHTML) old.innerHTML = one.innerHTML;
  }
  for (const one of then.querySelectorAll("[aria-describedby]")) {
    const old = document.getElementById(one.id);
    if (!old || !one.id) continue;
    if (one.hasAttribute("aria-invalid")) old.setAttribute("aria-invalid", "true");
    else old.removeAttribute("aria-invalid");
  }
  for (const one of then.querySelectorAll("details[id]")) {
    const old = document.getElementById(one.id);
    const [count, others] = [old, one].map((group) => group?.querySelector("[data-count]"));
    if (count && others) {
      count.hidden = others.hidden;
      count.textContent = others.textContent;
    }
    const [says, saysNow] = [old, one].map((group) => group?.querySelector(".says"));
    if (says && saysNow) says.textContent = saysNow.textContent;
    if (one.open && others && !others.hidden) old.open = true;
  }
}

async function send(deed = "save") {
  clearTimeout(waiting);
  waiting = null;
  under?.abort();
  const mine = (under = new AbortController());
  const asked = changes;
  const fields = new URLSearchParams(new FormData(form()));
  fields.set("do", deed);
  fields.set("key", key());
  document.getElementById("figures").setAttribute("aria-busy", "true");
  const bar = document.querySelector(".busy-bar");
  const long = setTimeout(() => bar?.removeAttribute("hidden"), LONG);
  try {
    const answer = await fetch(form().action, { method: "POST", body: fields, headers: { "X-Part": "editor" }, signal: mine.signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== under) return;
    if (!page.getElementById("editor")) throw new Error("no editor in the answer");
    if (asked === changes || deed === "save") show(page, deed !== "save");
    window.dispatchEvent(new Event("shown"));
  } catch (error) {
    if (error.name === "AbortError") {
      clearTimeout(long);
      return;
    }
    document.getElementById("stands").textContent = "Not saved: the server did not answer. What you typed is still here; change something to try again.";
  }
  clearTimeout(long);
  if (mine !== under) return;
  document.getElementById("figures").removeAttribute("aria-busy");
  bar?.setAttribute("hidden", "");
}

function soon() {
  changes += 1;
  clearTimeout(waiting);
  waiting = setTimeout(send, WAIT);
}

if (editor()) {
  form().querySelector("[data-plain]").classList.add("unseen");
  editor().addEventListener("input", soon);
  // Before the page's own handler, which sends a form once.
  editor().addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    changes += 1;
    send(event.submitter?.value);
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "z") return;
    // What is being typed is the browser's to undo; what is saved is the draft's.
    if (waiting || !(event.target === document.body || editor().contains(event.target))) return;
    event.preventDefault();
    const which = event.shiftKey ? "redo" : "undo";
    if (!form().querySelector(`button[value="${which}"]`).disabled) send(which);
  });
}
