// What the staff's rooms do in the browser. Everything works without it.

// A form is sent once: a second click while it is under way does nothing. What takes more than a second shows that it goes on.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (event.submitter?.dataset.sure && !window.confirm(event.submitter.dataset.sure)) {
    event.preventDefault();
    return;
  }
  if (form.method !== "post") return;
  form.dataset.sent = "yes";
  const button = event.submitter;
  setTimeout(() => {
    button?.setAttribute("aria-busy", "true");
    document.querySelector(".busy-bar")?.removeAttribute("hidden");
  }, 600);
});

// A page that comes back from the browser's memory may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
  document.querySelector(".busy-bar")?.setAttribute("hidden", "");
});

// "/" goes to the find box, Escape closes a menu.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const box = document.querySelector("[data-find]");
    if (box) {
      event.preventDefault();
      box.focus();
    }
  }
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      if (menu.contains(event.target)) menu.querySelector("summary").focus();
    }
  }
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const button = event.target.closest("[data-print]");
  if (button) window.print();
});

// A choice that needs no button: the form is sent when it changes.
for (const form of document.querySelectorAll("form[data-at-once]")) {
  form.querySelector("button")?.classList.add("unseen");
  form.addEventListener("change", () => form.requestSubmit());
}

// What is shown to be kept elsewhere is copied by a button, where the browser lets a page do so.
for (const button of navigator.clipboard ? document.querySelectorAll("[data-copies]") : []) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
    button.textContent = "Copied";
  });
}

// A long list is narrowed to what is typed; letters without their accents find those that have some.
const plain = (text) => text.normalize("NFD").replace(/\p{Mn}/gu, "").toLowerCase();

for (const field of document.querySelectorAll("[data-narrows]")) {
  const rows = [...document.querySelectorAll(field.dataset.narrows)];
  field.hidden = false;
  field.querySelector("input").addEventListener("input", (event) => {
    const sought = plain(event.target.value.trim());
    for (const row of rows) row.hidden = !plain(row.textContent).includes(sought);
    const left = rows.filter((row) => !row.hidden).length;
    field.querySelector("[role=status]").textContent = sought && !left ? "Nobody here." : "";
  });
}
