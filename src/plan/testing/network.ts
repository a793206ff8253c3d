// For tests only: a network that reaches nothing, to be changed by each test.
import type { PlannedNetwork } from "../types.js";

export const NO_NETWORK: PlannedNetwork = {
  mode: "none",
  rules: [],
  deny: [],
  limits: {},
  patterns: [],
  upstreamCa: [],
  blocklists: [],
  capture: "none",
  inspects: false,
  listeners: [],
  publish: [],
  sockets: [],
};
