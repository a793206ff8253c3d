// Lines of /proc/self/mountinfo as data. Pure.

export interface MountLine {
  /** The part of the file system that is mounted. */
  readonly root: string;
  readonly target: string;
  readonly type: string;
  readonly options: readonly string[];
}

export function parseMountinfo(text: string): readonly MountLine[] {
  const mounts: MountLine[] = [];
  for (const line of text.split("\n")) {
    const fields = line.split(" ");
    const dash = fields.indexOf("-", 6);
    const [, , , root, target] = fields;
    const type = fields[dash + 1];
    if (dash < 0 || root === undefined || target === undefined || type === undefined) continue;
    mounts.push({
      root: unescapeOctal(root),
      target: unescapeOctal(target),
      type,
      options: (fields[dash + 3] ?? "").split(","),
    });
  }
  return mounts;
}

/** Space, tab, newline and backslash are written as octal numbers. */
function unescapeOctal(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
