// A page that nobody uses for a while is covered, so that nobody reads over it: the session on the server has ended by then.
// Typing counts as use. What was typed stays, under the cover, until the same person has signed in again.

const { idle, who, signIn, back } = document.body.dataset;
const longest = Number(idle) * 1000;
const often = Math.min(60_000, longest / 3);
const tabs = new BroadcastChannel("in use");
let used = Date.now();
let told = Date.now();
let cover = null;

// Ask the server who is here, which counts as use there.
async function whoIsHere() {
  const answer = await fetch("/here").catch(() => null);
  return answer?.ok ? answer.text() : "";
}

function use() {
  if (cover) return;
  used = Date.now();
  if (used - told < often) return;
  told = used;
  tabs.postMessage("used");
  whoIsHere();
}

function look() {
  if (!cover && Date.now() - used >= longest) hide();
}

function hide() {
  cover = document.createElement("div");
  cover.className = "cover";
  cover.setAttribute("role", "alertdialog");
  cover.setAttribute("aria-label", "Signed out");
  cover.innerHTML = `
    <div class="card roomy stack">
      <h1>You are signed out</h1>
      <p>Nobody used this page for a while. What you typed is still here: sign in again, then come back to this tab.</p>
      <a class="button main" target="_blank">Sign in again</a>
      <a class="button plain" href="/">Leave this page</a>
    </div>`;
  cover.querySelector("a").href = `${signIn}?next=${encodeURIComponent(back)}`;
  document.querySelector(".frame").inert = true;
  document.body.append(cover);
  cover.querySelector("a").focus();
}

async function show() {
  if (!cover || document.hidden || (await whoIsHere()) !== who) return;
  cover?.remove();
  cover = null;
  document.querySelector(".frame").inert = false;
  used = told = Date.now();
}

for (const sign of ["pointerdown", "keydown", "input", "wheel", "touchmove"]) {
  document.addEventListener(sign, use, { passive: true, capture: true });
}
tabs.addEventListener("message", () => {
  if (!cover) used = Date.now();
});
setInterval(look, Math.min(5000, longest / 3));
for (const sign of ["visibilitychange", "focus", "pageshow"]) {
  window.addEventListener(sign, () => {
    look();
    show();
  });
}
