// The buttons act on the real processes; claim and redeem press the real pages' own buttons.
const at = (id) => document.getElementById(id);
const phone = at("phone");
const till = at("till");
const key = new URLSearchParams(location.search).get("key"); // of the printed address: without it nobody is signed in
let shown = "";
let phoneError = null; // of the film on the phone against the timeline, in ms; the last one measured

const say = (text) => { at("said").textContent = text; };

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) });
  const told = await answer.json();
  if (!answer.ok) throw new Error([told.message, told.remedy].filter(Boolean).join(" "));
  return told;
}

function onPress(id, deed) {
  at(id).addEventListener("click", async () => {
    at(id).disabled = true;
    try { await deed(); } catch (error) { say(`${at("said").dataset.failed}: ${error.message}`); }
    at(id).disabled = false;
    await look();
  });
}

const loaded = (frame) => new Promise((done) => frame.addEventListener("load", done, { once: true }));

async function open(frame, path) {
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

async function claim() {
  let page = await open(phone, `/o/${document.body.dataset.offer}`);
  const button = page.querySelector("form[action$='/claims'] button");
  page = button ? await press(phone, button) : await press(phone, page.querySelector("a.button"));
  shown = [".code", "[data-number]"].map((part) => page.querySelector(part)?.textContent ?? "").join(" ").trim();
  at("redeem").disabled = at("again").disabled = !shown;
}

async function redeem() {
  const live = phone.contentDocument.querySelector("[data-number]")?.textContent;
  if (live) shown = `${phone.contentDocument.querySelector(".code").textContent} ${live}`;
  if (!till.contentDocument?.getElementById("shown")) await signIn();
  till.contentDocument.getElementById("shown").value = shown;
  await press(till, till.contentDocument.querySelector("#redeem button.btn-primary"));
}

async function signIn() {
  const { link } = await post("/demo/sign-in/staff", { key });
  const page = await open(till, new URL(link).pathname + new URL(link).search);
  const button = page.querySelector("main form button");
  if (!page.getElementById("shown") && button) await press(till, button);
  if (!till.contentDocument.getElementById("shown")) await open(till, "/counter");
}

async function look() {
  let state;
  try { state = await (await fetch("/demo/state")).json(); } catch { return; }
  for (const name of ["plays", "left", "claims", "redemptions", "waiting"]) at(`${name}-count`).textContent = state[name];
  at("lamp").className = `lamp ${state.online ? "on" : "off"}`;
  at("starting").hidden = state.plays > 0;
  const { uplink, emergency } = { uplink: at("uplink"), emergency: at("emergency") };
  uplink.textContent = state.uplink ? uplink.dataset.cut : uplink.dataset.mend;
  uplink.classList.toggle("on", !state.uplink);
  emergency.textContent = state.emergency ? emergency.dataset.lift : emergency.dataset.raise;
  emergency.classList.toggle("on", state.emergency);
  phoneError = phone.contentWindow?.liftcast?.film?.error_ms ?? phoneError;
  if (phoneError === null || state.screen_error_ms === null) return;
  at("skew-count").textContent = `${Math.round(phoneError - state.screen_error_ms)} ms`;
}

at("notice").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await post("/demo/notice", { text: at("text").value });
    say(at("said").dataset.notice);
    at("text").value = "";
  } catch (error) { say(`${at("said").dataset.failed}: ${error.message}`); }
});
onPress("uplink", () => post("/demo/uplink"));
onPress("vlc", async () => { await post("/demo/vlc"); say(at("vlc").dataset.done); });
onPress("emergency", () => post("/demo/emergency"));
onPress("claim", claim);
onPress("redeem", redeem);
onPress("again", redeem);
onPress("sign-in", signIn);
onPress("back", () => open(phone, `/s/${document.body.dataset.code}`));
for (const button of document.querySelectorAll("[data-role]")) {
  button.addEventListener("click", async () => {
    const page = window.open("about:blank");
    page.location = (await post(`/demo/sign-in/${button.dataset.role}`, { key })).link;
  });
}
document.querySelector("a[target=report]").addEventListener("click", () => { at("report").hidden = false; });
if ("trusted" in document.body.dataset) signIn().catch((error) => say(error.message));
setInterval(look, 1000);
look();
