// Media over a shared radio: slow is fine, a stop is not.

const STALLED_MS = 10_000;

/** The whole file. Fails when nothing arrives for ten seconds: phones keep requests of a lost WiFi open for minutes. */
export async function download(url: string): Promise<Blob> {
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(), STALLED_MS);
  const progress = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => stalled.abort(), STALLED_MS);
  };
  try {
    const answer = await fetch(url, { signal: stalled.signal });
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    return await readBody(answer, progress);
  } finally {
    clearTimeout(timer);
  }
}

async function readBody(answer: Response, progress: () => void): Promise<Blob> {
  const reader = answer.body?.getReader();
  if (!reader) return answer.blob();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    progress();
    parts.push(part.value);
  }
  return new Blob(parts, { type: answer.headers.get("Content-Type") ?? "" });
}
