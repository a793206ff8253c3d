// What is executed, where, and with which environment. Pure.
import type { Fragment, Plan } from "../../../plan/types.js";

export function environment({ command: { env } }: Plan): Fragment {
  return {
    ops: Object.entries(env).map(([name, value]) => ({ op: "env", fields: [`${name}=${value}`] })),
    enforces: [
      {
        control: "process.environment-clean",
        mechanism: `an environment of ${Object.keys(env).length} variables made from the policy`,
      },
    ],
  };
}

export function command({ command: { argv, cwd, umask } }: Plan): Fragment {
  return {
    ops: [
      { op: "umask", fields: [umask] },
      { op: "cwd", fields: [cwd] },
      ...argv.map((word) => ({ op: "arg", fields: [word] })),
    ],
  };
}
