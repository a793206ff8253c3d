// A gRPC server of Python's own library, beside the origin.
import { join } from "node:path";
import { start } from "../exec.js";
import { ordinary } from "../identity.js";
import { ROOT } from "../repository.js";
import type { Cleanup } from "../stage.js";
import { until } from "../wait.js";
import { lacking, PYTHON } from "./tools.js";
import { ruleOf, type Service, type World } from "./world.js";

export const GRPC_SERVER = join(ROOT, "test/support/egress/programs/grpc_server.py");
const LIFETIME_MS = 600_000;

export async function openGrpc(cleanup: Cleanup, { certificates }: World): Promise<Service> {
  const { key, certificate } = certificates;
  // The tests say themselves what is missing.
  if ((await lacking([PYTHON])) !== undefined) return service(0, () => "");
  const server = start([PYTHON, GRPC_SERVER, key, certificate], { identity: ordinary, timeoutMs: LIFETIME_MS });
  cleanup.after(async () => {
    server.child.kill("SIGKILL");
    await server.done;
  });
  const port = await until("the gRPC server's port", () => /port (\d+)/.exec(server.output())?.[1], 30_000);
  return service(Number(port), () => server.output());
}

function service(port: number, output: () => string): Service {
  return {
    host: "grpc.test",
    outside: () => `https://localhost:${port}`,
    inside: () => "https://grpc.test",
    rule: (way) => ruleOf("grpc.test", way, { port: 443, upstream: port }),
    get log() {
      return output().split("\n").filter(Boolean);
    },
  };
}
