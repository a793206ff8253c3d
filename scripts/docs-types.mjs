// Reads the members of an interface out of TypeScript source text, as far as docs need it: names, whether they are optional, and their
// kind in plain words. It knows the forms that src/events/types.ts uses and stops at any other.

/** Members by name: `{ kind, optional, members? }`. */
export function readInterface(source, name) {
  const head = new RegExp(`interface ${name} (?:extends \\w+ )?\\{`).exec(source);
  if (head === null) throw new Error(`there is no interface ${name}`);
  const start = head.index + head[0].length;
  return readMembers(withoutComments(source.slice(start, closing(source, start))));
}

function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "");
}

/** Where the brace that is open at `start` closes. */
function closing(text, start) {
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "{") depth++;
    if (text[at] === "}" && --depth === 0) return at;
  }
  throw new Error("a brace isn't closed");
}

function readMembers(text) {
  const members = {};
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "{") depth++;
    if (text[at] === "}") depth--;
    if (text[at] !== ";" || depth > 0) continue;
    const [name, member] = readMember(text.slice(from, at).trim());
    members[name] = member;
    from = at + 1;
  }
  return members;
}

function readMember(text) {
  const [, name, optional, type] = /^(?:readonly )?"?([\w.]+)"?(\??):\s*([\s\S]+)$/.exec(text) ?? [];
  if (name === undefined) throw new Error(`not a member: ${text}`);
  const inner = /^\{([\s\S]*)\}$/.exec(type)?.[1];
  const members = inner === undefined ? undefined : readMembers(inner.trim().endsWith(";") ? inner : `${inner};`);
  return [name, { kind: kindOf(type, members), optional: optional === "?", members }];
}

function kindOf(type, members) {
  if (members !== undefined) {
    const parts = Object.entries(members).map(([name, { kind }]) => `\`${name}\` (${kind})`);
    return `object of ${parts.join(", ")}`;
  }
  if (type === "string") return "text";
  if (type === "number") return "number";
  if (type === "boolean") return "yes or no";
  if (type === "true") return "`true`";
  if (type === "readonly string[]") return "list of text";
  if (/^readonly [A-Z]\w+\[\]$/.test(type)) return "list of objects";
  const choices = type.split("|").map((choice) => choice.trim());
  if (choices.every((choice) => /^"[^"]+"$/.test(choice))) return choices.map((choice) => `\`${choice}\``).join(" or ");
  throw new Error(`scripts/docs-types.mjs has no words for the type ${type}`);
}
