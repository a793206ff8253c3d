// Names an allowed host in the request line and another one in the header.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { throughProxy } from "../../scripts.js";
import type { Attack } from "../../types.js";

export const networkHostHeader: Attack = {
  id: "network/host-header",
  control: "network.allowlist",
  severity: "high",
  threats: ["H22", "H24"],
  sentence: "Names an allowed host in the request line and another one in the header.",
  inside: throughProxy("GET http://allowed.breakout.test/ HTTP/1.1\\r\\nHost: 127.0.0.1:$TCP4\\r\\n\\r\\n"),
  judge: reaches("tcp4"),
  baseline: PLAIN,
};
