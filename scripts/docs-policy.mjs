// docs/policy.md and schema/cordon.schema.json, out of the compiled schema. scripts/docs.mjs writes them or compares them.
import { pathToFileURL } from "node:url";

/** `build`: the folder that tsc wrote to, as an absolute path. Gives each generated file's text by its path in the repository. */
export async function generate(build = new URL("../build", import.meta.url).pathname) {
  const { jsonSchema, policyReference } = await import(pathToFileURL(`${build}/src/policy/reference.js`).href);
  return {
    "docs/policy.md": policyReference(),
    "schema/cordon.schema.json": `${JSON.stringify(jsonSchema(), null, 2)}\n`,
  };
}
