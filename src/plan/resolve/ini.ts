// A reader for the little of git's configuration that planning needs. It reads text and nothing else: no includes, no git.

export interface GitConfig {
  /** Last value of `section.key` (lower case), or of `section.subsection.key`. */
  get(key: string): string | undefined;
  readonly hasIncludes: boolean;
}

export function readGitConfig(text: string): GitConfig {
  const values = new Map<string, string>();
  let section = "";
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    const header = /^\[\s*([A-Za-z0-9.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\](.*)$/.exec(line);
    if (header !== null) section = [header[1]?.toLowerCase(), header[2]].filter((part) => part !== undefined).join(".");
    const assignment = header === null ? line : (header[3] ?? "").trim();
    const entry = /^([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*))?$/.exec(assignment);
    if (entry !== null) values.set(`${section}.${(entry[1] ?? "").toLowerCase()}`, plainValue(entry[2] ?? "true"));
  }
  return {
    get: (key) => values.get(key),
    hasIncludes: [...values.keys()].some((key) => key.startsWith("include.") || key.startsWith("includeif.")),
  };
}

/** Quotes and escapes taken off, a comment at the end too. */
function plainValue(text: string): string {
  let value = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === "\\") value += text[++at] ?? "";
    else if (character === '"') quoted = !quoted;
    else if (!quoted && (character === "#" || character === ";")) break;
    else value += character;
  }
  return value.trim();
}
