// The desk: "All came" marks everybody at once, without asking the server.
const all = document.querySelector("button[data-all]");
all?.addEventListener("click", (event) => {
  event.preventDefault();
  for (const box of document.querySelectorAll(`input[type="radio"][value="${all.dataset.all}"]`)) {
    const marked = document.querySelector(`input[name="${box.name}"]:checked`);
    if (!marked) box.checked = true;
  }
});
