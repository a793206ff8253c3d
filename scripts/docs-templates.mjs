// templates/: every export of one made-up policy on a made-up computer, to be copied or forked. Made by the exporters themselves, so that none
// can drift from them.
import { pathToFileURL } from "node:url";

/** An agent with a work folder, two hosts, a denied file and limits. */
const CASE = {
  policy: {
    name: "agent",
    filesystem: { deny: ["**/.env"], canaries: false },
    network: {
      mode: "allowlist",
      allow: [
        { host: "api.example.com", ports: [443], inspect: false },
        { host: "*.example.org", ports: [443], inspect: false },
      ],
    },
    process: { env: { pass: ["TERM", "LANG"], set: {} } },
    limits: { memoryBytes: 2 ** 31, cpu: 2, pids: 512, files: 4096, timeMs: 3_600_000 },
  },
  host: { paths: ["/home/ada/project/.env", "/usr/local/bin/agent"] },
  request: { command: ["/usr/local/bin/agent", "--work", "."] },
};
const IMAGE = `localhost/agent@sha256:${"0".repeat(64)}`;

export async function generate(build) {
  const load = (path) => import(pathToFileURL(`${build}/src/${path}.js`).href);
  const { planOf } = await load("plan/testing/plans");
  const { fakeView } = await load("plan/testing/host");
  const { handOff } = await load("backends/export/hand-off");
  const { exportKinds, loadExporter } = await load("backends/export/kinds");
  const { plan } = planOf(CASE);
  const handed = handOff(plan, CASE.policy.process.env);
  const { facts } = fakeView({ paths: [] });
  const files = {};
  for (const kind of exportKinds()) {
    const exporter = await loadExporter(kind);
    const input = { ...handed, facts, rules: plan.network.rules, image: IMAGE };
    for (const { name, content } of exporter.make(input).files) files[`templates/${name}`] = content;
  }
  files["templates/README.md"] = README;
  return files;
}

const README = `# Templates

What \`cordon export\` writes for one made-up policy (an agent in \`/home/ada/project\`, two hosts, limits), kind by kind: to read, to copy, to fork.
\`npm run docs\` makes these files, and CI fails when one differs from what the exporters write. For your own policy:

    cordon export KIND -o . -- COMMAND

[docs/export.md](../docs/export.md) says what each holds, and what is lost without Cordon. The scripts' modes aren't kept here: \`sh\` can't, \`bash\` runs them.
`;
