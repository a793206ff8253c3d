// Unit tests of where our control groups are.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cgroupPlaces } from "./cgroup.js";
import { parseMountinfo } from "./mountinfo.js";

const UNIFIED = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
const MEMORY = "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
const CPU = "36 31 0:33 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n";

test("a host with version 2 only has one group", () => {
  const places = cgroupPlaces(
    "0::/user.slice/user-1000.slice/user@1000.service/app.slice/a.scope\n",
    parseMountinfo(UNIFIED),
  );
  assert.equal(places.layout, "v2");
  assert.equal(places.unified, "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/a.scope");
  assert.deepEqual(places.legacy, {});
});

test("a hybrid host has a group for each controller, also for those that share a hierarchy", () => {
  const membership = "4:memory:/m\n3:cpu,cpuacct:/c\n2:name=systemd:/s\n1:pids:/p\n0::/\n";
  const places = cgroupPlaces(membership, parseMountinfo(UNIFIED + MEMORY + CPU));
  assert.equal(places.layout, "hybrid");
  assert.deepEqual(places.legacy, {
    memory: "/sys/fs/cgroup/memory/m",
    cpu: "/sys/fs/cgroup/cpu,cpuacct/c",
    cpuacct: "/sys/fs/cgroup/cpu,cpuacct/c",
  });
});

test("in a container the part of the tree that is mounted is left out of the path", () => {
  const mounts = parseMountinfo("30 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n");
  assert.equal(cgroupPlaces("0::/docker/abc/x\n", mounts).unified, "/sys/fs/cgroup/x");
  assert.equal(cgroupPlaces("0::/../other\n", mounts).unified, undefined);
});

test("without a mounted tree there is none", () => {
  assert.deepEqual(cgroupPlaces("0::/a\n", []), { layout: "none", legacy: {} });
  assert.equal(cgroupPlaces("3:memory:/\n", parseMountinfo(MEMORY)).layout, "v1");
});

test("mount lines with optional fields and escaped names are understood, broken ones passed over", () => {
  const text = `36 35 98:0 /mnt\\0401 /a\\011b rw master:1 propagate_from:2 - ext3 /dev/root rw,errors=continue\nbroken\n1 2 3\n${UNIFIED}`;
  const mounts = parseMountinfo(text);
  assert.equal(mounts.length, 2);
  assert.deepEqual(mounts[0], { root: "/mnt 1", target: "/a\tb", type: "ext3", options: ["rw", "errors=continue"] });
});
