// A poster's one control.
document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
