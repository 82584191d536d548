// In each page of the box that the demo's phone shows: the desk, which has another origin, reads and presses through it.
const report = (fact) => parent.postMessage({ box: fact }, "*"); // nothing here is secret to whoever frames the demo

async function claim(offer) {
  const headers = { "Content-Type": "application/json", Accept: "application/json", "Idempotency-Key": crypto.getRandomValues(new Uint32Array(4)).join("") };
  const answer = await fetch(`/api/v1/offers/${offer}/claims`, { method: "POST", headers, body: "{}" });
  const content = await answer.json();
  if (answer.ok) location.assign(new URL(content.wallet_url, location.href).pathname);
  else report({ refused: [content.error.message, content.error.remedy].filter(Boolean).join(" ") });
}

addEventListener("message", ({ data, source }) => {
  if (source === parent && data.claim) claim(data.claim).catch((error) => report({ refused: error.message }));
});
const code = document.querySelector(".code")?.textContent.trim();
report(code ? { code } : { page: location.pathname });
setInterval(() => report({ film_error_ms: window.liftcast?.film?.error_ms ?? null }), 1000);
