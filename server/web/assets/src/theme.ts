// Loaded in the head, before anything is drawn: Bootstrap's dark mode follows the system's.
const dark = matchMedia("(prefers-color-scheme: dark)");

const follow = (): void => {
  document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light";
};

follow();
dark.addEventListener("change", follow);

export {};
