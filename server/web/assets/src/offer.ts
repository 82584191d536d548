// An offer's own page: how many are left moves as it does on a screen's page, by the same code.
import { Leaving } from "../../../../media/phone/app/src/leaving";
import { Live } from "../../../../media/phone/app/src/live";
import { Offers } from "../../../../media/phone/app/src/offers";
import type { OfferStanding } from "../../../../media/phone/app/src/wire";

const LOOK_EVERY_MS = 4000;
const LOOKS_SAVED = 8; // by a socket: no hint says that an offer begins or ends by the clock

const keepStock = (line: HTMLElement): void => {
  const { offer = "", left = "", words = "" } = line.dataset;
  const standing = line.dataset.standing as OfferStanding;
  const here = { code: "", presence: "", token: "", fromBox: false };
  const offers = new Offers(here, [{ offer, left: Number(left), standing }], () => show());
  const live = new Live({ code: "", offers: () => [offer] }, {
    stage: () => undefined,
    stock: (hint) => hint.offer === offer && offers.hear(hint),
    line: () => void offers.look(offer),
  });
  // The hint of one's own claim, too, is often here before its answer.
  const leaving = new Leaving();
  const show = (): void => {
    const stock = offers.stockOf(offer);
    if (leaving.underWay) return;
    if (stock?.standing !== standing) location.reload();
    else if (standing === "open") line.textContent = words.replace("{left}", String(stock.left));
  };
  let turn = 0;
  setInterval(() => {
    turn += 1;
    if (!document.hidden && (!live.connected || turn % LOOKS_SAVED === 0)) void offers.look(offer);
  }, LOOK_EVERY_MS);
};

document.querySelectorAll<HTMLElement>("[data-stock]").forEach(keepStock);
