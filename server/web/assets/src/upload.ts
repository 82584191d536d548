// Upload: each chosen file goes to the media process in a request of its own, two at a time, with its progress shown.

type Told = { error?: { code?: string; message?: string; remedy?: string } };

const TOGETHER = 2;

const form = document.querySelector<HTMLFormElement>("#upload");
const list = document.querySelector<HTMLUListElement>("#sending");
const row = document.querySelector<HTMLTemplateElement>("#sending-row");

// The answer is in English; for other readers the page brings the same by its code.
const refusals = JSON.parse(list?.dataset.refusals ?? "{}") as Record<string, string>;

const waiting: (() => Promise<void>)[] = [];
let running = 0;

const startNext = (): void => {
  const next = running < TOGETHER ? waiting.shift() : undefined;
  if (!next) return;
  running += 1;
  void next().finally(() => {
    running -= 1;
    startNext();
  });
  startNext();
};

const ticketUrl = async (of: HTMLFormElement): Promise<string> => {
  const answer = await fetch(of.dataset.ticket ?? "", { method: "POST", body: new FormData(of), headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return ((await answer.json()) as { url: string }).url;
};

const send = (file: File, url: string, onProgress: (part: number) => void): Promise<string> =>
  new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("PUT", url);
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
    request.upload.onprogress = (event) => onProgress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onload = () => resolve(request.status < 300 ? "" : whyRefused(request.responseText));
    request.onerror = () => resolve(list?.dataset.broken ?? "");
    request.send(file);
  });

const whyRefused = (body: string): string => {
  try {
    const { error } = JSON.parse(body) as Told;
    return refusals[error?.code ?? ""] ?? [error?.message, error?.remedy].filter(Boolean).join(" ");
  } catch {
    return list?.dataset.broken ?? "";
  }
};

const sendWithRow = async (file: File, of: HTMLFormElement, line: HTMLElement): Promise<void> => {
  const bar = line.querySelector<HTMLElement>(".bar");
  const told = line.querySelector<HTMLElement>(".told");
  const show = (part: number): void => {
    const percent = `${Math.round(part * 100)} %`;
    bar?.firstElementChild?.setAttribute("style", `width: ${percent}`);
    bar?.setAttribute("aria-valuenow", String(Math.round(part * 100)));
    if (told) told.textContent = percent;
  };
  const trouble = await ticketUrl(of).then((url) => send(file, url, show)).catch(() => list?.dataset.broken ?? "");
  if (trouble) {
    line.classList.add("text-danger");
    if (told) told.textContent = trouble;
    bar?.remove();
  } else {
    line.remove();
    document.body.dispatchEvent(new Event("uploaded"));
  }
};

const take = (files: Iterable<File>): void => {
  if (!form || !list || !row) return;
  for (const file of files) {
    const line = (row.content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement;
    const name = line.querySelector(".name");
    if (name) name.textContent = file.name;
    line.querySelector(".bar")?.setAttribute("aria-label", file.name);
    list.append(line);
    waiting.push(() => sendWithRow(file, form, line));
  }
  startNext();
};

form?.addEventListener("submit", (event) => event.preventDefault());

const field = form?.querySelector<HTMLInputElement>('input[type="file"]');
field?.addEventListener("change", () => {
  take(Array.from(field.files ?? []));
  field.value = "";
});

const drop = form?.querySelector<HTMLElement>(".drop");
for (const kind of ["dragover", "dragleave", "drop"]) {
  drop?.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    if (kind === "drop") take(Array.from((event as DragEvent).dataTransfer?.files ?? []));
  });
}

export {};
