// The messages that cross the border to a phone; names as in media/wire/. Times are milliseconds UTC.

export type Kind = "video" | "image" | "audio" | "notice" | "game" | "coupon" | "goods";

export interface MediaRef {
  digest: string;
  mime: string;
  bytes: number;
  duration_ms: number | null;
  width: number | null;
  height: number | null;
}

export interface OfferCard {
  id: string;
  merchant: string;
  title: string;
  terms: string;
  presence: boolean;
}

/** The same words in both languages; where one is empty, the other is shown. */
export interface Phrase {
  zh: string;
  en: string;
}

/** Each as `#rrggbb`. Words in `text`, `soft` and `accent` are readable on `ground`, those in `on_accent` on `accent`. */
export interface GameColours {
  ground: string;
  track: string;
  line: string;
  text: string;
  soft: string;
  accent: string;
  on_accent: string;
}

/** The advertiser's pictures and colours; without one of them, the game has the usual look. */
export interface GameLook {
  colours: GameColours | null;
  logo: MediaRef | null;
  product: MediaRef | null;
  background: MediaRef | null;
}

export interface GameCard {
  kind: "race" | "quiz" | "lucky_draw" | "custom";
  call: Phrase;
  /** When the play and the result begin, after the start of the spot. */
  play_after_ms: number;
  result_after_ms: number;
  prize_for: "first" | "first_three" | "finishers" | "drawn" | null;
  prizes: number;
  /** Of how many that are drawn one wins. */
  one_in: number;
  prize: OfferCard | null;
  look: GameLook;
  questions: Question[];
  /** Of a custom game: the zip of its files, and the names of the pictures that the screen may show. */
  package: MediaRef | null;
  pictures: string[];
  most_score: number;
}

/** A question of a quiz. Its right answer comes with the states, once its time is over. */
export interface Question {
  text: Phrase;
  answers: Phrase[];
  /** After the start of the spot. */
  opens_after_ms: number;
  closes_after_ms: number;
}

/** A question whose time is over: its right answer, and how many phones chose each. */
export interface Solution {
  right: number;
  votes: number[];
}

export interface SeatFace {
  animal: string;
  emoji: string;
  colour: string;
}

/** Answer of `POST /api/v1/screens/<code>/games/<spot>/seat`. */
export interface GameSeat {
  seat: number;
  face: SeatFace;
  promise: string;
  ticket: string;
  over_socket: boolean;
}

/** Everything that a phone has done in a game so far; each kind of game has its own field. */
export interface PlayInput {
  taps?: number;
  answers?: number[];
  score?: number;
  finished?: boolean;
  board?: number;
  picture?: number;
}

export interface SeatInput extends PlayInput {
  spot: number;
  ticket: string;
}

export interface GameResult {
  places: { seats: number[]; face: SeatFace; points: number }[];
  winners: number[];
  without_prize: number[];
  seed: string;
  cut_short: boolean;
}

export interface GameState {
  spot: number;
  joined: number;
  /** The SHA-256 of the seed, where the prize is drawn. */
  promise: string;
  positions: number[];
  answered: number;
  solutions: Solution[];
  result: GameResult | null;
}

export interface PhoneItem {
  picture: MediaRef | null;
  sound: MediaRef | null;
  poster: MediaRef | null;
  captions: MediaRef | null;
  image: MediaRef | null;
  text: string | null;
  offer: OfferCard | null;
  game?: GameCard | null;
}

export interface Item {
  id: string;
  kind: Kind;
  campaign: string | null;
  title: string;
  length_ms: number;
  phone: PhoneItem;
  /** The zone whose time is drawn over the picture; empty or missing: none. */
  clock?: string;
}

export type SpotKind = "spot" | "house" | "interrupt" | "off";

export interface Spot {
  starts_ms: number;
  ends_ms: number;
  item: string | null;
  kind: SpotKind;
}

export interface Override {
  starts_ms: number;
  item: string | null;
  why: string;
}

export interface Stage {
  protocol: number;
  screen: string;
  version: number;
  now_ms: number;
  until_ms: number;
  spots: Spot[];
  past: Spot[];
  items: Record<string, Item>;
  override: Override | null;
  media_base: string;
  /** The screen's time zone; missing or empty: this phone's own. */
  zone?: string;
  /** Its games are played on the WiFi of its box, and only there. */
  games_at_box?: boolean;
}

export interface ClockPong {
  t0: number;
  t1: number;
  t2: number;
}

/** Body of `POST /api/v1/screens/<code>/faults`. */
export interface FaultReport {
  fault: "black" | "frozen";
}

/** Answer of `POST /api/v1/wallet/handover`, and body of `POST /api/v1/wallet/takeover`. */
export interface Handover {
  token: string;
}

/** Answer of `POST /api/v1/wallet/takeover`. */
export interface TakenOver {
  coupons: number;
}

export interface ShownOffers {
  offers: string[];
}

export interface StockHint {
  offer: string;
  left: number;
}

/** Whether an offer can be claimed now, or why not: OfferStanding in media/wire/phone.py. */
export type OfferStanding = "open" | "draft" | "not_yet" | "over" | "paused" | "stopped" | "sold_out";

/** Answer of `GET /api/v1/offers/<id>/stock`. */
export interface Stock extends StockHint {
  standing: OfferStanding;
}

/** Answer of `POST /api/v1/offers/<id>/claims`. */
export interface ClaimAnswer {
  claim: string;
  state: "ready" | "redeemed" | "expired";
  code: string;
  qr: string;
  wallet_url: string;
  expires_at: string;
}

export interface ErrorBody {
  code: string;
  message: string;
  remedy: string;
}

/** The JSON block of the page's HTML, from which the script starts. */
export interface PageHello {
  code: string;
  public_base: string;
  language: "en" | "zh";
  scanned: string;
  scanned_item: Item | null;
  presence: string;
  token: string;
  stock: Stock[];
  stage: Stage;
}
