// Upload: the chosen files go to the media process two at a time, each with its progress shown. One that is cut off goes
// on by itself, and after a page was loaded again when the same file is chosen again (tus, https://tus.io).
import { type DetailedError, Upload } from "tus-js-client";
import { refusalOf, type Refusals } from "./lib/refusal";

const TOGETHER = 2;
const RETRY_DELAYS_MS = [0, 1000, 3000, 5000, 10_000, 20_000, 30_000, 60_000, 60_000, 60_000];
const DISK_FULL = 507;

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

const answerOf = (error: Error | DetailedError): string =>
  "originalResponse" in error ? (error.originalResponse?.getBody() ?? "") : "";

/** A line that was cut or stood still, a busy server, or another request that still holds the upload; not a refusal. */
const isWorthAnotherTry = (error: DetailedError): boolean => {
  const status = error.originalResponse?.getStatus() ?? 0;
  const cut = status === 0 || status === 408 || answerOf(error).includes('"body_cut_off"');
  return cut || status === 409 || status === 423 || (status >= 500 && status !== DISK_FULL);
};

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
    const around = (box.dataset.within && document.querySelector<HTMLElement>(box.dataset.within)) || box;
    for (const field of around.querySelectorAll<HTMLInputElement | HTMLSelectElement>("[name]")) given.set(field.name, field.value);
    given.set("csrf_token", document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "");
    return given;
  };

  const ticketUrl = async (): Promise<string> => {
    const answer = await fetch(box.dataset.ticket ?? "", { method: "POST", body: fields(), headers: { Accept: "application/json" } });
    if (!answer.ok) throw new UploadFailed(refusalOf(await answer.text(), refusals) || broken);
    return ((await answer.json()) as { url: string }).url;
  };

  /** The same file for the same owner, whichever ticket it is sent with. */
  const fingerprintOf = (file: File): string => {
    const owner = fields();
    owner.delete("csrf_token");
    const whose = [...owner.entries()].map(([name, value]) => `${name}=${String(value)}`);
    return ["liftcast", file.name, file.size, file.lastModified, ...whose].join("|");
  };

  const send = async (file: File, endpoint: string, show: (part: number) => void, wait: () => void): Promise<string[]> => {
    const fingerprint = fingerprintOf(file);
    return new Promise((resolve, reject) => {
      const upload = new Upload(file, {
        endpoint,
        metadata: { filename: file.name },
        retryDelays: RETRY_DELAYS_MS,
        fingerprint: () => Promise.resolve(fingerprint),
        removeFingerprintOnSuccess: true,
        onProgress: (sent, total) => show(total ? sent / total : 0),
        onShouldRetry: (error) => {
          const again = isWorthAnotherTry(error);
          if (again) wait();
          return again;
        },
        onSuccess: ({ lastResponse }) => resolve((lastResponse.getHeader("Liftcast-Creatives") ?? "").split(",").filter(Boolean)),
        onError: (error) => reject(new UploadFailed(refusalOf(answerOf(error), refusals) || broken)),
      });
      void upload.findPreviousUploads().then(([previous]) => {
        if (previous) upload.resumeFromPreviousUpload(previous);
        upload.start();
      });
    });
  };

  const sendWithRow = async (file: File, line: HTMLElement): Promise<void> => {
    const bar = line.querySelector<HTMLElement>(".bar");
    const progress = line.querySelector<HTMLElement>(".status");
    const show = (part: number): void => {
      const percent = `${Math.round(part * 100)} %`;
      bar?.firstElementChild?.setAttribute("style", `width: ${percent}`);
      bar?.setAttribute("aria-valuenow", String(Math.round(part * 100)));
      if (progress) progress.textContent = percent;
    };
    const wait = (): void => {
      if (progress) progress.textContent = box.dataset.waiting ?? "";
    };
    try {
      const creatives = await send(file, await ticketUrl(), show, wait);
      line.remove();
      document.body.dispatchEvent(new CustomEvent("uploaded", { detail: { creatives } }));
      if (box.dataset.after === "reload") location.reload();
      if (box.dataset.opens && creatives[0]) location.assign(`${box.dataset.opens}/${creatives[0]}`);
    } catch (error) {
      line.classList.add("text-danger");
      if (progress) progress.textContent = error instanceof UploadFailed ? error.message : broken;
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
