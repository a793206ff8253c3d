// The library: load a policy, resolve it to a plan, run commands under it. Nothing else is public.
//
// Example: run a test suite with no network, and read its output.
//
//     import { load, resolve, run } from "cordon";
//
//     const policy = await load({ profiles: ["default"], set: { "limits.time": "10m" } });
//     const plan = await resolve(policy, { command: ["npm", "test"], cwd: "/home/me/project" });
//     await using sandbox = await run(plan, { stdio: ["ignore", "pipe", "inherit"] });
//     for await (const chunk of sandbox.stdout ?? []) process.stdout.write(chunk);
//     console.log((await sandbox.exit).code);
export {};
