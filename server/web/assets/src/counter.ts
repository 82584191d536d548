// The counter: the field keeps the focus for scanners; the camera reads a QR and sends it as if it were typed.
import { BrowserQRCodeReader } from "@zxing/library";

const part = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const form = part<HTMLFormElement>("redeem");
const field = part<HTMLInputElement>("shown");
const button = part<HTMLButtonElement>("camera");
const view = part("view");
const film = part<HTMLVideoElement>("film");
const said = part("camera-said");

const reader = new BrowserQRCodeReader(150);

const scan = async (): Promise<void> => {
  show(true);
  try {
    const found = await reader.decodeOnceFromVideoDevice(undefined, film);
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
  if (open) said.textContent = "";
  else reader.reset();
};

// Browsers open a camera only over https or on localhost; elsewhere the button would be an empty promise.
button.hidden = !navigator.mediaDevices;
button.addEventListener("click", () => {
  if (view.hidden) void scan();
  else show(false);
});

// One Enter is one redemption: a scanner that stutters sends the page's one key twice at most.
form.addEventListener("submit", () => {
  for (const one of form.querySelectorAll("button")) one.disabled = true;
});
addEventListener("pageshow", () => {
  for (const one of form.querySelectorAll("button")) one.disabled = false;
  field.focus();
});
