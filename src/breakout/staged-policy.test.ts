import assert from "node:assert/strict";
import { test } from "node:test";
import { fixturePolicy } from "../plan/testing/policy.js";
import { stagedSettings, stagingNotes } from "./staged-policy.js";

const PLACES = {
  home: "/home/ada",
  stagedHome: "/stage/home",
  stagedWorkspace: "/stage/work/1",
  stagedState: "/stage/state",
  stagedSocket: "/stage/run/named",
  allowedPort: 8000,
};

test("what lies in the home or the workspace is turned to the staged ones; what doesn't is left out and named", () => {
  const { settings } = fixturePolicy({
    filesystem: {
      read: ["/home/ada/data", "/srv/models"],
      write: ["/home/ada/project/out"],
      deny: ["**/.env", "/home/ada/data/x"],
    },
  });
  const { settings: staged, notes } = stagedSettings(settings, PLACES);
  assert.equal(staged.workspace.path, "/stage/work/1");
  assert.deepEqual(staged.filesystem.read, ["/stage/home/data"]);
  assert.deepEqual(staged.filesystem.write, ["/stage/work/1/out"]);
  assert.deepEqual(staged.filesystem.deny, ["**/.env", "/stage/home/data/x"]);
  assert.match(notes.join(), /\/srv\/models/);
});

test("a name that only begins like the home isn't in it", () => {
  const { settings } = fixturePolicy({ filesystem: { write: ["/home/ada-other/x"] } });
  assert.deepEqual(stagedSettings(settings, PLACES).settings.filesystem.write, []);
});

test("nothing of the record or of alerts leaves the stage", () => {
  const { settings } = fixturePolicy({
    network: {
      mode: "allowlist",
      allow: [{ host: "api.example.com", ports: [443], inspect: false }],
      publish: [{ hostPort: 1, port: 1 }],
    },
    alerts: [{ on: "network.denied", do: ["webhook"] }],
  });
  const { settings: staged } = stagedSettings(settings, PLACES);
  assert.equal(staged.audit.dir, "/stage/state");
  assert.deepEqual([staged.audit.ship, staged.alerts, staged.network.publish], [[], [], []]);
  assert.equal(staged.network.allow.at(-1)?.connect !== undefined, true);
  assert.equal(stagingNotes(settings).length, 2);
});

test("a policy that allows nothing isn't given a staged host", () => {
  const { settings } = fixturePolicy({ network: { mode: "allowlist", allow: [] } });
  assert.deepEqual(stagedSettings(settings, PLACES).settings.network.allow, []);
});
