// Reading the JSON that agents send: every look-up gives undefined where something else stands, so that no request can make a
// scripted provider throw.

export type Json = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function records(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function parse(bytes: Buffer): Json {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** The text of a content that is a string, or a list of parts with a text each. */
export function flatText(content: unknown): string {
  if (typeof content === "string") return content;
  if (isRecord(content)) return flatText(content["text"] ?? content["content"] ?? content["output"] ?? "");
  return Array.isArray(content) ? content.map(flatText).join("") : "";
}
