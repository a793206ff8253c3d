// The services beside a run, in the order in which they are told that the sandbox stands. Each is loaded when it is made.
import type { Artifact, LimitsService } from "../plan/types.js";
import type { RunContext, RunService, ServiceFactory } from "./service.js";

/** Where nothing has to hold from the first moment on, loading waits until the command runs. */
const LATER_MS = 300;

export function servicesBeside(artifact: Artifact): readonly ServiceFactory[] {
  return [
    async (context) => (await import("./record.js")).keepRecord(context),
    async (context) => (await import("./shipping.js")).deliverLeftovers(context),
    async (context) => (await import("./alerting.js")).watchForAlerts(context),
    async (context) => (await import("./live/service.js")).controlService(context),
    ...artifact.services.flatMap((service) => (service.kind === "limits" ? [limits(service)] : [])),
  ];
}

function limits(service: LimitsService): ServiceFactory {
  const load = () => import("./limits/service.js");
  const atOnce = service.group !== undefined || Object.keys(service.watched).length > 0;
  return async (context) => {
    if (atOnce) return (await load()).RunLimits.make(context, service);
    return afterwards(context, async () => (await load()).RunLimits.make(context, service));
  };
}

/** For what only tells of things: it never delays a launch, and a command that is over by then has no use for it. */
function afterwards({ scope }: RunContext, make: () => Promise<RunService>): RunService {
  const later: { first: number; service?: RunService } = { first: 0 };
  const begin = async () => {
    const service = await make();
    await service.stands?.(later.first);
    service.went?.();
    later.service = service;
  };
  return {
    stands: (first) => {
      later.first = first;
    },
    went: () => {
      const timer = setTimeout(() => void begin().catch(() => undefined), LATER_MS);
      timer.unref();
      scope.defer("a later service", () => clearTimeout(timer));
    },
    ended: (exit) => later.service?.ended?.(exit) ?? exit,
  };
}
