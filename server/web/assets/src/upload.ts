// Upload: each chosen file goes to the media process in a request of its own, two at a time, with its progress shown.
import { refusalOf, type Refusals } from "./lib/refusal";

const TOGETHER = 2;

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

class UploadFailed extends Error {}

const makeUpload = (box: HTMLElement): void => {
  const list = box.querySelector("ul");
  const row = box.querySelector("template");
  const input = box.querySelector<HTMLInputElement>('input[type="file"]');
  const drop = box.querySelector<HTMLElement>(".drop");
  if (!list || !row || !input || !drop) return;
  const broken = box.dataset.broken ?? "";
  const refusals = JSON.parse(box.dataset.refusals ?? "{}") as Refusals;

  const fields = (): FormData => {
    const given = new FormData();
    for (const [name, value] of Object.entries(JSON.parse(box.dataset.fields ?? "{}") as Record<string, string>)) given.set(name, value);
    for (const field of box.querySelectorAll<HTMLInputElement | HTMLSelectElement>("[name]")) given.set(field.name, field.value);
    given.set("csrf_token", document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "");
    return given;
  };

  const ticketUrl = async (): Promise<string> => {
    const answer = await fetch(box.dataset.ticket ?? "", { method: "POST", body: fields(), headers: { Accept: "application/json" } });
    if (!answer.ok) throw new UploadFailed(refusalOf(await answer.text(), refusals) || broken);
    return ((await answer.json()) as { url: string }).url;
  };

  const send = (file: File, url: string, onProgress: (part: number) => void): Promise<string[]> =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("PUT", url);
      request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
      request.upload.onprogress = (event) => onProgress(event.lengthComputable ? event.loaded / event.total : 0);
      request.onload = () => {
        if (request.status < 300) resolve((JSON.parse(request.responseText) as { creatives?: string[] }).creatives ?? []);
        else reject(new UploadFailed(refusalOf(request.responseText, refusals) || broken));
      };
      request.onerror = () => reject(new UploadFailed(broken));
      request.send(file);
    });

  const sendWithRow = async (file: File, line: HTMLElement): Promise<void> => {
    const bar = line.querySelector<HTMLElement>(".bar");
    const told = line.querySelector<HTMLElement>(".told");
    const show = (part: number): void => {
      const percent = `${Math.round(part * 100)} %`;
      bar?.firstElementChild?.setAttribute("style", `width: ${percent}`);
      bar?.setAttribute("aria-valuenow", String(Math.round(part * 100)));
      if (told) told.textContent = percent;
    };
    try {
      const creatives = await send(file, await ticketUrl(), show);
      line.remove();
      document.body.dispatchEvent(new CustomEvent("uploaded", { detail: { creatives } }));
      if (box.dataset.after === "reload") location.reload();
    } catch (error) {
      line.classList.add("text-danger");
      if (told) told.textContent = error instanceof UploadFailed ? error.message : broken;
      bar?.remove();
    }
  };

  const take = (files: Iterable<File>): void => {
    for (const file of files) {
      const line = (row.content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement;
      const name = line.querySelector(".name");
      if (name) name.textContent = file.name;
      line.querySelector(".bar")?.setAttribute("aria-label", file.name);
      list.append(line);
      waiting.push(() => sendWithRow(file, line));
    }
    startNext();
  };

  input.addEventListener("change", (event) => {
    event.stopPropagation(); // a chosen file changes nothing of a form around it
    take(Array.from(input.files ?? []));
    input.value = "";
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      const files = kind === "drop" ? Array.from((event as DragEvent).dataTransfer?.files ?? []) : [];
      take(input.multiple ? files : files.slice(0, 1));
    });
  }
};

document.querySelectorAll<HTMLElement>("[data-upload]").forEach(makeUpload);
