// docs/comparison.md, out of docs/comparison.json, which `npm run comparison` writes.
import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { code, table } from "./docs-markdown.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

export async function generate(build) {
  const { ATTACKS } = await import(pathToFileURL(`${build}/src/breakout/attacks.js`).href);
  const { groupOf } = await import(pathToFileURL(`${build}/src/breakout/select.js`).href);
  const { sandboxes } = JSON.parse(readFileSync(`${root}/docs/comparison.json`, "utf8"));
  const made = sandboxes.filter(({ attacks }) => attacks !== undefined);
  const sentences = new Map(ATTACKS.map(({ id, sentence }) => [id, sentence]));
  const groups = [...new Set(ATTACKS.map(({ id }) => groupOf(id)))];
  const text = [
    "# The attacks on other sandboxes",
    "Made from [comparison.json](comparison.json) (`npm run docs`), which is what one command wrote; never edited by hand:",
    "    npm install --prefix DIR node@22 @anthropic-ai/sandbox-runtime @openai/codex\n    npm run build && npm run comparison -- --tools DIR",
    `Each sandbox gets the attacks of ${code("cordon breakout --runner")} that apply to any, as an ordinary user, and is judged from outside in the same way; Cordon is started by its command line as the others are. Attacks that speak of a policy of Cordon (protected names, requests, limits, secrets) aren't made on anybody here.`,
    [
      "How to read it:",
      "- These are our attacks: what we thought of is tried, and that Cordon was made against them counts for it. Others have thought of other things.",
      "- The command lines are what the documentation of each shows for a command that may write one folder and reach nothing. Most of them can be set stricter by somebody who knows how; bubblewrap is a tool to build sandboxes with and promises none of this by itself.",
      '- "broken" means that the attack succeeded, not that the sandbox had promised to stop it. Some do little harm (a system call that was let through); files, keys and other processes matter more.',
      "- A sandbox that lets a command make network connections by a proxy isn't shown here, nor what it costs in time ([bench.md](bench.md)), nor how it is to live with.",
    ].join("\n"),
    "## Who was attacked",
    table(
      ["sandbox", "version", "how it was started", "when, on which Linux"],
      sandboxes.map(({ name, version = "", what, command, date, kernel, user }) => [
        `${name}: ${what}`,
        version,
        code(command),
        `${date}, ${kernel}, ${user}`,
      ]),
    ),
    ...sandboxes
      .filter(({ problem }) => problem !== undefined)
      .map(({ name, problem }) => `${name} couldn't be attacked: ${problem}`),
    "## By groups",
    "Attacks held, and **broken**. What couldn't be tried there isn't counted; — means that no attack of the group applies.",
    table(
      ["group", ...made.map(({ name }) => name)],
      [
        ...groups.map((group) => [
          group,
          ...made.map(({ attacks }) => cell(attacks.filter(({ id }) => groupOf(id) === group))),
        ]),
        ["all", ...made.map(({ attacks }) => cell(attacks))],
      ].filter(([, ...cells]) => cells.some((each) => each !== "—")),
    ),
    "## Attack by attack",
    "Those that succeeded somewhere. ✗: it succeeded; ✓: it came to nothing; —: it couldn't be tried.",
    table(
      ["attack", ...made.map(({ name }) => name)],
      brokenSomewhere(made, ATTACKS).map((id) => [
        `${code(id)}<br>${sentences.get(id)}`,
        ...made.map(({ attacks }) => mark(attacks.find((each) => each.id === id))),
      ]),
    ),
  ];
  return { "docs/comparison.md": `${text.join("\n\n")}\n` };
}

function cell(attacks) {
  const held = attacks.filter(({ status }) => status === "held" || status === "no-baseline").length;
  const broken = attacks.filter(({ status }) => status === "broken").length;
  if (held + broken === 0) return "—";
  return broken === 0 ? `${held}` : `${held}, **${broken} broken**`;
}

function brokenSomewhere(made, all) {
  return all
    .map(({ id }) => id)
    .filter((id) => made.some(({ attacks }) => attacks.some((each) => each.id === id && each.status === "broken")));
}

function mark(attack) {
  if (attack === undefined || attack.status === "unsupported") return "—";
  return attack.status === "broken" ? "✗" : "✓";
}
