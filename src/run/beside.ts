// The services beside a run, in the order in which they are told that the sandbox stands. Each is loaded when it is made.
import type { Plan } from "../plan/types.js";
import type { ServiceFactory } from "./service.js";

export function servicesBeside(_plan: Plan): readonly ServiceFactory[] {
  return [
    async (context) => (await import("./record.js")).keepRecord(context),
    async (context) => (await import("./shipping.js")).deliverLeftovers(context),
    async (context) => (await import("./alerting.js")).watchForAlerts(context),
    async (context) => (await import("./live/service.js")).controlService(context),
  ];
}
