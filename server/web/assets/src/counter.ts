// The counter: the field keeps the focus for scanners; the camera reads a QR and sends it as if it were typed.
import type { BrowserQRCodeReader } from "@zxing/library";

const part = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const form = part<HTMLFormElement>("redeem");
const field = part<HTMLInputElement>("shown");
const button = part<HTMLButtonElement>("camera");
const view = part("view");
const film = part<HTMLVideoElement>("film");
const said = part("camera-said");

const SCAN_EVERY_MS = 150;
let reader: BrowserQRCodeReader | undefined;

const loadScanner = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = button.dataset.scanner ?? "";
    script.onload = () => resolve();
    script.onerror = () => {
      script.remove();
      reject(new Error("the scanner was not loaded"));
    };
    document.head.append(script);
  });

/** The scanner, loaded at the first scan; undefined if it cannot be. */
const openReader = async (): Promise<BrowserQRCodeReader | undefined> => {
  if (!window.QrReader) await loadScanner().catch(() => undefined);
  return window.QrReader && new window.QrReader(SCAN_EVERY_MS);
};

const scan = async (): Promise<void> => {
  show(true);
  said.textContent = said.dataset.loading ?? "";
  reader ??= await openReader();
  if (view.hidden) return; // closed while it was loaded
  said.textContent = reader ? "" : (said.dataset.noScanner ?? "");
  try {
    const found = await reader?.decodeOnceFromVideoDevice(undefined, film);
    if (!found) return;
    field.value = found.getText();
    form.requestSubmit();
  } catch {
    if (!view.hidden) said.textContent = said.dataset.noCamera ?? "";
  } finally {
    show(false);
  }
};

const show = (open: boolean): void => {
  view.hidden = !open;
  button.setAttribute("aria-expanded", String(open));
  if (!open) reader?.reset();
};

// Browsers open a camera only over https or on localhost; elsewhere the button would be an empty promise.
button.hidden = !navigator.mediaDevices;
button.addEventListener("click", () => {
  if (view.hidden) void scan();
  else {
    said.textContent = "";
    show(false);
  }
});

// One Enter is one redemption: a scanner that stutters sends the page's one key twice at most.
form.addEventListener("submit", () => {
  for (const one of form.querySelectorAll("button")) one.disabled = true;
});

// An input method ends its text with the scanner's Enter, which then sends nothing: a whole QR is sent by itself.
field.addEventListener("compositionend", () => {
  if (/^QC1[0-9A-Z]{34}$/.test(field.value.normalize("NFKC").trim())) form.requestSubmit();
});

// A redemption is news for a minute. After that, or when the page comes back out of the browser's memory, it is past.
const NEWS_MS = 60_000;
const openedAt = Date.now();
const endNews = (): void => {
  document.getElementById("fresh")?.remove();
  document.getElementById("earlier")?.removeAttribute("hidden");
};
const endOldNews = (): void => {
  if (Date.now() - openedAt >= NEWS_MS) endNews();
};
setInterval(endOldNews, 1000);
document.addEventListener("visibilitychange", endOldNews);

addEventListener("pageshow", (event) => {
  if (event.persisted) endNews();
  for (const one of form.querySelectorAll("button")) one.disabled = false;
  field.focus({ preventScroll: true });
  field.select();
});
