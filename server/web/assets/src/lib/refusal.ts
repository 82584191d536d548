// Why an upload was refused. The answer is in English; for other readers the page brings the same by its code, with `{file}` for the
// file that the answer names.

export type Refusals = Record<string, string>;

type Answer = { error?: { code?: string; message?: string; remedy?: string } };

/** The reason in words; empty when the answer has none. */
export const refusalOf = (body: string, refusals: Refusals): string => {
  try {
    const { error } = JSON.parse(body) as Answer;
    const named = /“([^”]*)”/.exec(error?.message ?? "")?.[1] ?? "";
    return refusals[error?.code ?? ""]?.replace("{file}", named) ?? [error?.message, error?.remedy].filter(Boolean).join(" ");
  } catch {
    return "";
  }
};
