// docs/policy.md and the JSON Schema, both made out of the schema itself, the profile `default` and the table of protected
// names, so that none of them can drift. Pure.
import * as z from "zod";
import type { Data } from "./document.js";
import { BASE_PROFILE, builtinProfile, builtinProfiles } from "./profiles/builtin.js";
import { DEFAULT_PROTECTED } from "./protected.js";
import { policySchema } from "./schema/policy.js";

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
}

/** The default of a key, as the profile `default` writes it. */
function defaultAt(path: readonly string[]): Data | undefined {
  let at: Data | undefined = builtinProfile(BASE_PROFILE)?.value;
  for (const key of path) {
    if (at === undefined || at === null || typeof at !== "object" || Array.isArray(at) || !Object.hasOwn(at, key))
      return undefined;
    at = (at as { readonly [key: string]: Data })[key];
  }
  return at;
}

function withDefaults(schema: JsonSchema, path: readonly string[]): JsonSchema {
  if (schema.properties !== undefined) {
    const entries = Object.entries(schema.properties).map(
      ([key, inner]) => [key, withDefaults(inner, [...path, key])] as const,
    );
    return { ...schema, properties: Object.fromEntries(entries) };
  }
  const value = path.length === 1 && path[0] === "version" ? undefined : defaultAt(path);
  return value === undefined ? schema : { ...schema, default: value };
}

/** The JSON Schema (draft 2020-12) of cordon.yaml as it is written. */
export function jsonSchema(): JsonSchema {
  const made = z.toJSONSchema(policySchema, {
    unrepresentable: "any",
    io: "input",
    target: "draft-2020-12",
  }) as JsonSchema;
  return {
    ...withDefaults(made, []),
    ...{
      title: "cordon.yaml",
      description: "What a command may do inside a Cordon sandbox. Everything that isn't granted is denied.",
    },
    required: ["version"],
  };
}

/** Beyond the type, what a list or a union holds. */
function typeWords(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(" \\| ");
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeWords))].join(" or ");
  if (schema.items !== undefined) return `list of ${typeWords(schema.items)}`;
  if (schema.properties !== undefined || schema.type === "object") return "mapping";
  if (schema.type === "integer") return "whole number";
  if (schema.type === "boolean") return "`true` \\| `false`";
  return "text";
}

function inline(value: unknown): string {
  return `\`${JSON.stringify(value).replaceAll("|", "\\|")}\``;
}

interface Row {
  readonly path: string;
  readonly schema: JsonSchema;
}

/** Each key below a schema, depth first; entries of lists as `key[]`, of named mappings as `key.NAME`. */
function rowsOf(schema: JsonSchema, path: string): readonly Row[] {
  const own = path === "" ? [] : [{ path, schema }];
  const below = Object.entries(schema.properties ?? {}).flatMap(([key, inner]) =>
    rowsOf(inner, path === "" ? key : `${path}.${key}`),
  );
  const item = schema.items?.anyOf?.find((one) => one.properties !== undefined) ?? schema.items;
  const items = item?.properties === undefined ? [] : rowsOf(item, `${path}[]`).slice(1);
  const value = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
  const values = value?.properties === undefined ? [] : rowsOf(value, `${path}.NAME`).slice(1);
  return [...own, ...below, ...items, ...values];
}

function tableRow(row: Row, section: string): string {
  const { schema } = row;
  const name =
    row.path === section
      ? row.path
      : row.path.slice(section === "" ? 0 : section.length + (row.path[section.length] === "." ? 1 : 0));
  const shownDefault = schema.default === undefined ? "" : inline(schema.default);
  const example = schema.examples?.[0] === undefined ? "" : inline(schema.examples[0]);
  return `| \`${name}\` | ${typeWords(schema)} | ${shownDefault} | ${(schema.description ?? "").replaceAll("|", "\\|")} | ${example} |`;
}

const HEAD = ["| key | type | default | meaning | example |", "|---|---|---|---|---|"];

function sectionText(key: string, schema: JsonSchema): string {
  const rows = rowsOf(schema, key).slice(1);
  return [`## ${key}`, "", schema.description ?? "", "", ...HEAD, ...rows.map((row) => tableRow(row, key)), ""].join(
    "\n",
  );
}

const INTRODUCTION = `# The policy: cordon.yaml

Made from the schema by \`npm run docs\`; never edited by hand. The same as a JSON Schema: \`schema/cordon.schema.json\`, which
editors use when the file's first line is \`# yaml-language-server: $schema=PATH/cordon.schema.json\`.

A policy is one YAML 1.2 document (or JSON) in UTF-8, at most 1 MiB. Anchors, aliases, tags, merge keys, duplicate keys and
characters that can't be seen are refused. A key that isn't on this page is an error. Everything that isn't granted is denied.

**Units.** Sizes: \`512M\`, \`1.5G\` (1024-based; a bare number is bytes). Durations: \`90s\`, \`1h30m\`. Rates: \`60/m\`. Processor time:
\`200%\` is two processors.

**Paths** are absolute, \`~\`, or relative to the policy file's folder (in options: to the current folder). In \`filesystem.read\`,
\`write\` and \`deny\` they may be patterns: \`*\` and \`?\` stand for characters within one name, \`**\` for any number of folders. Braces,
brackets and backslashes stand for themselves. A pattern that begins with \`**/\` holds at any depth.

**Hosts** are names of letters, digits and hyphens, in one form: lower case, without a dot at the end, other scripts in their ASCII
form. Addresses are written plainly (\`192.0.2.1\`, \`[2001:db8::1]\`). \`*.example.org\` stands for one or more labels before the domain,
never for the domain itself.

**How files combine.** Every policy starts from the built-in profile \`default\`. Then comes what \`extends\` names, in its order,
each before the file that extends it and each only once; then the file; then the options of the command line. Lists are put
together, without repeating an entry; mappings merge; for any other value the later one holds. \`deny\` beats \`allow\` and every grant,
whatever the order.
`;

function profilesText(): string {
  const rows = builtinProfiles().map(
    ({ name, commands, summary }) => `| \`${name}\` | ${commands.map((one) => `\`${one}\``).join(", ")} | ${summary} |`,
  );
  return [
    "## Built-in profiles",
    "",
    "`cordon profile show NAME` prints one.",
    "",
    "| name | for the commands | what it is |",
    "|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function protectedText(): string {
  const rows = DEFAULT_PROTECTED.map(({ name, reason }) => `| \`${name}\` | ${reason} |`);
  return [
    "## Protected names",
    "",
    "These stay read-only in a writable workspace, at any depth and also while they don't exist, because something outside the sandbox",
    'would run or obey them. `workspace.protect` adds to them; an entry `"!NAME"` takes one off.',
    "",
    "| name | why |",
    "|---|---|",
    ...rows,
    "",
  ].join("\n");
}

/** docs/policy.md. */
export function policyReference(): string {
  const sections = Object.entries(jsonSchema().properties ?? {});
  const isSection = (schema: JsonSchema) => rowsOf(schema, "x").length > 1;
  const plain = sections
    .filter(([, schema]) => !isSection(schema))
    .map(([key, schema]) => tableRow({ path: key, schema }, ""));
  const tables = sections.filter(([, schema]) => isSection(schema)).map(([key, schema]) => sectionText(key, schema));
  return [INTRODUCTION, "## At the top", "", ...HEAD, ...plain, "", ...tables, protectedText(), profilesText()].join(
    "\n",
  );
}
