"use strict";
// Pairs: turn two cards at a time. Whoever finds all pairs has finished; fewer turns and less time are more points.

const FACES = [
  { sign: "🍜", en: "noodles", zh: "面条" },
  { sign: "🍵", en: "tea", zh: "茶" },
  { sign: "🥟", en: "dumpling", zh: "饺子" },
  { sign: "🍊", en: "orange", zh: "橘子" },
  { sign: "🐟", en: "fish", zh: "鱼" },
  { sign: "🌽", en: "corn", zh: "玉米" },
];
const WORDS = {
  en: {
    cards: "Cards", wait: "Find the pairs. It begins in a moment.", go: "Find the pairs!", card: "Card {n}", found: "found",
    left: "Still {n} to find.", all: "All pairs found!", over: "Time is up.",
  },
  zh: {
    cards: "卡片", wait: "找出成对的卡片，马上开始。", go: "找出成对的卡片！", card: "第{n}张", found: "已找到",
    left: "还有{n}对。", all: "全部找到了！", over: "时间到。",
  },
};
const LOOK_MS = 700;
const EASY_MS = 20000; // a shorter play has fewer pairs
const EACH_PAIR = 100;
const EACH_MISS = 10;
const FAST = 300; // points for finishing at once, fewer with each second

/** In an order of the phone's own: `random` returns numbers from 0 up to 1. */
function shuffled(cards, random) {
  const mixed = [...cards];
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other], mixed[last]];
  }
  return mixed;
}

class Memory {
  constructor(start) {
    this.start = start;
    this.words = WORDS[start.language];
    const pairs = start.ends_ms - start.starts_ms < EASY_MS ? 4 : FACES.length;
    this.pairs = pairs;
    this.cards = shuffled([...FACES.slice(0, pairs), ...FACES.slice(0, pairs)], Math.random);
    this.open = [];
    this.found = 0;
    this.misses = 0;
    this.isOn = false;
    this.line = document.getElementById("line");
    this.buttons = this.cards.map((_, place) => this.makeButton(place));
    this.show();
  }

  show() {
    const { start, words } = this;
    document.documentElement.lang = start.language === "zh" ? "zh-CN" : "en";
    document.body.classList.toggle("still", start.reduced_motion);
    const face = document.getElementById("face");
    face.textContent = start.player.emoji;
    face.style.backgroundColor = start.player.colour;
    const group = document.getElementById("cards");
    group.setAttribute("aria-label", words.cards);
    group.style.setProperty("--columns", this.pairs === 4 ? "2" : "3");
    group.replaceChildren(...this.buttons);
    this.line.textContent = words.wait;
    setTimeout(() => this.begin(), Math.max(0, start.starts_ms - Date.now()));
    setTimeout(() => this.end(words.over), Math.max(0, start.ends_ms - Date.now()));
  }

  makeButton(place) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-label", this.words.card.replace("{n}", place + 1));
    button.addEventListener("click", () => this.turn(place));
    button.addEventListener("keydown", (event) => this.step(event, place));
    return button;
  }

  /** The arrow keys lead from card to card. */
  step(event, place) {
    const columns = this.pairs === 4 ? 2 : 3;
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    this.buttons[place + by]?.focus();
  }

  begin() {
    if (this.found === this.pairs) return;
    this.isOn = true;
    this.line.textContent = this.words.go;
    liftcast.board(0);
  }

  end(text) {
    if (this.found < this.pairs) this.line.textContent = text;
    this.isOn = false;
  }

  turn(place) {
    if (!this.isOn || this.open.length > 1 || this.open.includes(place) || this.buttons[place].classList.contains("found")) return;
    liftcast.input();
    this.open.push(place);
    this.draw(place, true);
    if (this.open.length === 2) this.compare(...this.open);
  }

  compare(first, second) {
    if (this.cards[first] === this.cards[second]) {
      this.open = [];
      this.find(first, second);
    } else {
      this.misses += 1;
      setTimeout(() => this.close(), LOOK_MS);
    }
  }

  close() {
    for (const place of this.open) this.draw(place, false);
    this.open = [];
  }

  find(...places) {
    this.found += 1;
    for (const place of places) {
      this.buttons[place].classList.add("found");
      this.draw(place, true);
    }
    const isAll = this.found === this.pairs;
    this.line.textContent = isAll ? this.words.all : this.words.left.replace("{n}", this.pairs - this.found);
    liftcast.score(this.points(isAll));
    liftcast.board(isAll ? "board/star.png" : this.found);
    if (isAll) liftcast.finish();
  }

  points(isAll) {
    const { starts_ms, ends_ms } = this.start;
    const left = Math.max(0, ends_ms - Date.now()) / (ends_ms - starts_ms);
    return Math.max(0, this.found * EACH_PAIR - this.misses * EACH_MISS) + (isAll ? Math.round(FAST * left) : 0);
  }

  draw(place, isOpen) {
    const { words, start } = this;
    const face = this.cards[place];
    const button = this.buttons[place];
    const name = [words.card.replace("{n}", place + 1), ...(isOpen ? [face[start.language]] : [])];
    if (button.classList.contains("found")) name.push(words.found);
    button.classList.toggle("open", isOpen);
    button.textContent = isOpen ? face.sign : "";
    button.setAttribute("aria-label", name.join(", "));
  }
}

liftcast.ready().then((start) => new Memory(start));
