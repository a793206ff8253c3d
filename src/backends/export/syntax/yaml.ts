// YAML by its JSON part: every text is a double-quoted scalar, so that no text is taken for a number, a date or `no`.
type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value | undefined };

/** Text as a double-quoted scalar; what YAML doesn't count as printable is escaped, which JSON leaves as it is. */
export function yamlText(value: string): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A comment before a key: `comments["spec.containers.0"]` stands above that value. */
export type YamlComments = Readonly<Record<string, readonly string[]>>;

export function yamlDocument(value: Value, comments: YamlComments = {}): readonly string[] {
  return new Writer(comments).lines(value, { indent: 0, path: "" });
}

interface Place {
  readonly indent: number;
  readonly path: string;
}

class Writer {
  readonly #comments: YamlComments;

  constructor(comments: YamlComments) {
    this.#comments = comments;
  }

  lines(value: Value, place: Place): readonly string[] {
    return Array.isArray(value) ? this.#list(value, place) : this.#map(value, place);
  }

  #map(value: Value, place: Place): readonly string[] {
    if (typeof value !== "object" || Array.isArray(value)) return [];
    return Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : this.#entry(key, item, place)));
  }

  #entry(key: string, item: Value, { indent, path }: Place): readonly string[] {
    const name =
      /^[A-Za-z][A-Za-z0-9_./-]*$/.test(key) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(key)
        ? key
        : yamlText(key);
    const below = { indent: indent + 2, path: path === "" ? key : `${path}.${key}` };
    const before = this.#before(below.path, indent);
    const pad = " ".repeat(indent);
    if (isScalar(item)) return [...before, `${pad}${name}: ${scalar(item)}`];
    return [...before, `${pad}${name}:`, ...this.lines(item, below)];
  }

  #list(items: readonly Value[], { indent, path }: Place): readonly string[] {
    return items.flatMap((item, at) => {
      const below = { indent: indent + 2, path: `${path}.${at}` };
      const pad = " ".repeat(indent);
      const before = this.#before(below.path, indent);
      if (isScalar(item)) return [...before, `${pad}- ${scalar(item)}`];
      const [first = "", ...rest] = this.lines(item, below);
      return [...before, `${pad}- ${first.trimStart()}`, ...rest];
    });
  }

  #before(path: string, indent: number): readonly string[] {
    return (this.#comments[path] ?? []).map((line) => `${" ".repeat(indent)}${line}`);
  }
}

/** Empty lists and maps have no block form. */
function isScalar(value: Value): boolean {
  return typeof value !== "object" || Object.keys(value).length === 0;
}

function scalar(value: Value): string {
  return typeof value === "string" ? yamlText(value) : JSON.stringify(value);
}
