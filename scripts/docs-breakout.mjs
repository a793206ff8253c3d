// docs/breakout-mutations.md: what each promise rests on, as the mutation tests (test/system/breakout-mutation-*) take it out.
import { pathToFileURL } from "node:url";
import { code, table } from "./docs-markdown.mjs";

export async function generate(build) {
  const load = (path) => import(pathToFileURL(`${build}/${path}.js`).href);
  const { MUTATIONS, NOT_TAKEN_OUT } = await load("test/support/mutations/all");
  const { CONTROLS } = await load("src/plan/controls");
  const text = [
    "# What happens when one control is taken out",
    "Made from `test/support/mutations` (`npm run docs`); never edited by hand.",
    "An attack that can't fail proves nothing. So the tests `test/system/breakout-mutation-*` take one control out of the sandbox's launch (an op of cordon-init, a service or a setting of the supervisor, or a line of cordon-init's or the supervisor's source), attack what is left as an ordinary user (with the attacks that must succeed and one of every control; with `CORDON_TEST_MUTATIONS=root` as root as well, with `CORDON_TEST_MUTATIONS=all` with **all** attacks of `cordon breakout`, but where a second mutation takes the same control out), and demand that the attacks named here succeed, and no others but those in the last column, each for a reason. The proof is always taken from outside, as `cordon breakout` does it.",
    "## Each control",
    table(
      ["control", "taken out as", "attacks of its own that succeed then"],
      CONTROLS.map((control) => controlRow(control, MUTATIONS, NOT_TAKEN_OUT)),
    ),
    "## Each mutation",
    table(
      ["without …", "in", "must succeed", "may succeed as well, because"],
      MUTATIONS.map(({ name, source, program, breaks, also = {}, heldForRoot = {} }) => [
        name,
        source !== undefined
          ? "cordon-init's source"
          : program !== undefined
            ? "the supervisor's source"
            : "the launch",
        breaks.length === 0
          ? "none: what it holds is held by another layer too"
          : [
              breaks.map(code).join(", "),
              ...Object.entries(heldForRoot).map(([id, why]) => `(not ${code(id)} when root starts it: ${why})`),
            ].join(" "),
        Object.entries(also)
          .map(([what, why]) => `${code(what)}: ${why}`)
          .join("<br>"),
      ]),
    ),
  ];
  return { "docs/breakout-mutations.md": `${text.join("\n\n")}\n` };
}

function controlRow({ id, title }, mutations, notTakenOut) {
  const cases = mutations.filter(({ controls }) => controls.includes(id));
  const how = cases.length === 0 ? `not taken out: ${notTakenOut[id]}` : cases.map(({ name }) => name).join("; ");
  return [`${code(id)}<br>${title}`, how, cases.flatMap(({ breaks }) => breaks.map(code)).join(", ")];
}
