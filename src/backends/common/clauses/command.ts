// What is executed, where, and with which environment. Pure.
import type { Fragment, Op, Plan } from "../../../plan/types.js";

export function environment({ command: { env }, secrets = [] }: Plan): Fragment {
  const placeholders = secrets.flatMap(({ name, env: variable }): Op[] =>
    variable === undefined ? [] : [{ op: "env", fields: [`${variable}=`], slot: `secret:${name}` }],
  );
  return {
    ops: [
      ...Object.entries(env).map(([name, value]): Op => ({ op: "env", fields: [`${name}=${value}`] })),
      ...placeholders,
    ],
    enforces: [
      {
        control: "process.environment-clean",
        mechanism: `an environment of ${Object.keys(env).length + placeholders.length} variables made from the policy`,
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
