// The buttons act on the real processes; claim and redeem press the real pages' own buttons.
const at = (id) => document.getElementById(id);
const phone = at("phone");
const second = at("second");
const till = at("till");
const message = at("message");
const key = new URLSearchParams(location.search).get("key"); // of the printed address: without it nobody is signed in
const MESSAGE_MS = 30_000;
const SKEW_MS = 60_000; // a film comes round more often than that
let code = ""; // of the coupon that was claimed last
let staffSignedIn = false; // the till shares its session with the console's pages
let killed = null; // the pid of the VLC that was killed, until another one runs
const atPort = (port) => `${location.protocol}//${location.hostname}:${port}`;
const box = atPort(document.body.dataset.boxPort); // its pages' address
let races = null; // how many the ten phones had played when they were last seen
const hasWifi = "wifi" in document.body.dataset;
let atBox = false; // whether the phone shows the box's pages; it leaves them by itself when the WiFi goes
let onFact = () => {}; // takes what the box's page reports
let phoneError = { ms: null, at: 0 }; // of the film on the phone against the timeline; the last one measured
let clearing = 0;

function say(text, { stays = false } = {}) {
  clearTimeout(clearing);
  message.textContent = text;
  if (text && !stays) clearing = setTimeout(() => { message.textContent = ""; }, MESSAGE_MS);
}

const sayWord = (name) => say(message.dataset[name]);
const sayFailed = (error) => say(`${message.dataset.failed}: ${error.message}`);

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) });
  const content = await answer.json();
  if (!answer.ok) throw new Error([content.message, content.remedy].filter(Boolean).join(" "));
  return content;
}

/** Do it, with its button off meanwhile; what goes wrong is said, and what it changed is shown at once. */
async function act(button, deed) {
  button.disabled = true;
  say("");
  try { await deed(); } catch (error) { sayFailed(error); }
  button.disabled = false;
  await look();
}

const onPress = (id, deed) => at(id).addEventListener("click", () => act(at(id), deed));

const loaded = (frame) => new Promise((done) => frame.addEventListener("load", done, { once: true }));

async function load(frame, path) {
  const done = loaded(frame);
  frame.src = path;
  await done;
  return frame.contentDocument;
}

async function press(frame, button) {
  const done = loaded(frame);
  button.click();
  await done;
  return frame.contentDocument;
}

/** The next fact about a claim from the box's page, or from the server's page to which its coupon's link leads. */
const claimedAtBox = () =>
  new Promise((done, failed) => {
    onFact = (fact) => {
      if (fact.refused) failed(new Error(fact.refused));
      if (fact.code) done(fact.code);
    };
    phone.addEventListener("load", function look() {
      const shown = codeOn(phone.contentDocument);
      if (!shown) return;
      phone.removeEventListener("load", look);
      done(shown);
    });
  });

const codeOn = (page) =>
  [".code", "[data-number]"].map((part) => page?.querySelector(part)?.textContent ?? "").join(" ").trim();

async function claim() {
  if (atBox) {
    const claimed = claimedAtBox();
    phone.contentWindow.postMessage({ claim: document.body.dataset.offer }, box);
    code = await claimed;
  } else {
    code = await claimAtServer();
  }
  at("redeem").disabled = at("again").disabled = !code;
  sayWord("claimed");
}

async function claimAtServer() {
  let page = await load(phone, `/o/${document.body.dataset.offer}`);
  const button = page.querySelector("form[action$='/claims'] button");
  page = button ? await press(phone, button) : await press(phone, page.querySelector("a.button"));
  return codeOn(page);
}

/** What the box's page says of itself, as static/box.js reports it. */
function hear({ data, source }) {
  if (source !== phone.contentWindow || !data.box) return;
  atBox = true;
  if (data.box.code) code = data.box.code; // its number is another one every half minute
  if (typeof data.box.film_error_ms === "number") phoneError = { ms: data.box.film_error_ms, at: Date.now() };
  onFact(data.box);
}

/** A phone in the WiFi opens the box's page, any other the server's. */
async function showPage(inWifi) {
  atBox = false;
  await load(phone, inWifi ? `${box}/now` : `/s/${document.body.dataset.code}`);
}

async function turnWifi() {
  const { joined } = await post("/demo/wifi");
  if (joined) await showPage(true);
  sayWord(joined ? "joined" : "left_wifi"); // the page leaves the box by itself
}

async function redeem() {
  if (phone.contentDocument?.querySelector("[data-number]")) code = codeOn(phone.contentDocument);
  if (!staffSignedIn || !till.contentDocument?.getElementById("shown")) await signIn();
  till.contentDocument.getElementById("shown").value = code;
  const page = await press(till, till.contentDocument.querySelector("#redeem button.btn-primary"));
  const lines = page.querySelector("main [role=alert], main [role=status]")?.innerText.split(/\n+/) ?? [];
  say(lines.slice(0, 2).join(" · "));
}

async function signIn() {
  const { link } = await post("/demo/sign-in/staff", { key });
  const page = await load(till, new URL(link).pathname + new URL(link).search);
  const button = page.querySelector("main form button");
  if (!page.getElementById("shown") && button) await press(till, button);
  if (!till.contentDocument.getElementById("shown")) await load(till, "/counter");
  staffSignedIn = true;
}

async function openConsole(role) {
  const tab = window.open("about:blank"); // at once: after an answer a browser would take it for an advertisement
  try {
    tab.location = (await post(`/demo/sign-in/${role}`, { key })).link;
    staffSignedIn = false;
  } catch (error) {
    tab?.close();
    throw error;
  }
}

async function killVlc() {
  killed = (await post("/demo/vlc")).killed;
  sayWord("killed");
}

async function look() {
  let state;
  try {
    state = await (await fetch("/demo/state")).json();
  } catch {
    document.body.classList.add("stale");
    say(message.dataset.stopped, { stays: true });
    return;
  }
  if (document.body.classList.contains("stale")) say("");
  document.body.classList.remove("stale");
  show(state);
}

/** The steps of the phone that joins, each with its real answer. */
function showSteps(steps) {
  const list = at("steps");
  if (!list || list.dataset.shown === JSON.stringify(steps)) return;
  list.dataset.shown = JSON.stringify(steps);
  list.replaceChildren(...steps.map(({ name, request, answer, took_ms }) => {
    const line = document.createElement("li");
    const [what, asked, answered] = ["b", "code", "output"].map((kind) => document.createElement(kind));
    what.textContent = list.dataset[name];
    asked.textContent = request;
    answered.textContent = `${answer} · ${took_ms} ms`;
    line.append(what, asked, answered);
    return line;
  }));
}

function show(state) {
  for (const name of ["plays", "left", "claims", "redemptions", "waiting", "players"]) at(`${name}-count`).textContent = state[name];
  showLink(state);
  at("starting").hidden = state.plays > 0;
  showSwitch(at("uplink"), !state.uplink);
  if (hasWifi) showSwitch(at("wifi"), state.joined);
  showSteps(state.steps);
  if (!second.src && state.plays > 0) second.src = `${atPort(document.body.dataset.secondPort)}/now`;
  showCrowd(state.crowd);
  if (!phone.src) showPage(!hasWifi || state.joined);
  if (phone.contentDocument) atBox = false; // a page of this origin: the server's
  showSwitch(at("emergency"), state.emergency);
  if (killed && state.vlc && state.vlc !== killed) {
    killed = null;
    sayWord("back");
  }
  showSkew(state.screen_error_ms);
}

function showCrowd({ playing, played }) {
  at("crowd").disabled = playing;
  if (races !== null && played > races) sayWord("raced");
  races = played;
}

/** The server notices an uplink that is cut only after a while; the page that cut it knows at once. */
function showLink({ uplink, online }) {
  const link = at("link");
  const name = !uplink ? "cut" : online ? "online" : "offline";
  link.className = `link ${name}`;
  if (link.textContent !== link.dataset[name]) link.textContent = link.dataset[name];
}

function showSwitch(button, on) {
  button.textContent = on ? button.dataset.off : button.dataset.on;
  button.classList.toggle("on", on);
}

function showSkew(screenError) {
  const measured = phone.contentDocument && phone.contentWindow.liftcast?.film?.error_ms; // the box's page reports its own
  if (measured !== undefined && measured !== null) phoneError = { ms: measured, at: Date.now() };
  const known = screenError !== null && Date.now() - phoneError.at < SKEW_MS;
  at("skew-count").textContent = known ? `${Math.round(phoneError.ms - screenError)} ms` : "–";
}

at("notice").addEventListener("submit", (event) => {
  event.preventDefault();
  act(at("show"), async () => {
    await post("/demo/notice", { text: at("text").value });
    at("text").value = "";
    sayWord("notice");
  });
});
onPress("uplink", async () => sayWord((await post("/demo/uplink")).uplink ? "mended" : "cut"));
onPress("crowd", async () => {
  await post("/demo/crowd");
  sayWord("crowd");
});
onPress("vlc", killVlc);
onPress("emergency", async () => sayWord((await post("/demo/emergency")).emergency ? "raised" : "lifted"));
onPress("claim", claim);
onPress("redeem", redeem);
onPress("again", redeem);
onPress("sign-in", signIn);
onPress("back", async () => showPage(!hasWifi || (await (await fetch("/demo/state")).json()).joined));
if (hasWifi) onPress("wifi", turnWifi);
addEventListener("message", hear);
for (const button of document.querySelectorAll("[data-role]")) {
  button.addEventListener("click", () => act(button, () => openConsole(button.dataset.role)));
}
at("open-report").addEventListener("click", () => {
  at("report").hidden = false;
  at("report").scrollIntoView({ block: "nearest" });
});
if ("trusted" in document.body.dataset) signIn().catch(sayFailed);
setInterval(look, 1000);
look();
