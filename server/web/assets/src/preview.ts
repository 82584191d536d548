// Trying a game in the console: the board is fetched as a picture as often as it changes, for as long as it is looked at.

const EVERY_MS = 150;
const HIDDEN_MS = 1500;

const makePreview = (box: HTMLElement): void => {
  const picture = box.querySelector("img");
  const shape = box.querySelector<HTMLSelectElement>("select");
  const problem = box.querySelector<HTMLElement>('[role="alert"]');
  const again = box.querySelector<HTMLButtonElement>("button");
  const base = box.dataset.address ?? "";
  if (!picture || !shape || !problem || !again) return;
  let seen = "";
  let address = "";

  const show = async (answer: Response): Promise<void> => {
    seen = answer.headers.get("Liftcast-Picture") ?? "";
    const next = URL.createObjectURL(await answer.blob());
    picture.src = next;
    if (address) URL.revokeObjectURL(address);
    address = next;
  };

  const follow = async (): Promise<void> => {
    let waitMs = document.hidden ? HIDDEN_MS : EVERY_MS;
    try {
      const answer = await fetch(`${base}/board.jpg?shape=${shape.value}&seen=${seen}`);
      if (answer.status === 200) await show(answer);
      problem.textContent = answer.ok ? "" : answer.status === 404 ? (box.dataset.over ?? "") : (box.dataset.busy ?? "");
      problem.hidden = answer.ok;
      if (answer.status === 404) return;
      if (!answer.ok) waitMs = 2 * HIDDEN_MS;
    } catch {
      problem.textContent = box.dataset.busy ?? "";
      problem.hidden = false;
      waitMs = 2 * HIDDEN_MS;
    }
    setTimeout(() => void follow(), waitMs);
  };

  shape.addEventListener("change", () => {
    seen = "";
    box.dataset.shape = shape.value;
  });
  again.addEventListener("click", () => {
    seen = "";
    void fetch(`${base}/round`, { method: "POST" });
  });
  void follow();
};

document.querySelectorAll<HTMLElement>("[data-preview]").forEach(makePreview);
