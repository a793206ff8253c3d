// Unit tests of the advice: the right cause, and never a protection of the whole host as the first thing to give up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { adviseOn, type Situation } from "./advice.js";

const REFUSED: Situation = {
  failed: { name: "mountns", why: "EACCES" },
  sysctls: {},
  container: undefined,
  root: false,
  chroot: false,
  init: { path: "/home/ada/node_modules/cordon/dist/init/x64/cordon-init", ownerUid: 1000 },
};

function textOf(situation: Partial<Situation>): string {
  const { reason, fix } = adviseOn({ ...REFUSED, ...situation });
  return [reason, ...fix].join("\n");
}

test("AppArmor's restriction is lifted for one program, by a file that only root can change", () => {
  const text = textOf({ sysctls: { apparmorRestriction: 1 } });
  assert.match(text, /sudo install -D -o root -g root -m 0755 \/home\/ada\S+ \/usr\/local\/lib\/cordon\/cordon-init\n/);
  assert.match(
    text,
    /profile cordon-init \/usr\/local\/lib\/cordon\/cordon-init flags=\(unconfined\) \{\n {4}userns,\n/,
  );
  assert.match(text, /sudo apparmor_parser -r \/etc\/apparmor\.d\/cordon-init/);
  assert.doesNotMatch(text, /sysctl|apparmor_restrict/);
});

test("a cordon-init that root owns gets the profile where it is", () => {
  const text = textOf({
    sysctls: { apparmorRestriction: 1 },
    init: { path: "/usr/lib/node_modules/cordon/dist/init/x64/cordon-init", ownerUid: 0 },
  });
  assert.match(text, /profile cordon-init \/usr\/lib\/node_modules\/cordon\/dist\/init\/x64\/cordon-init flags/);
  assert.doesNotMatch(text, /sudo install/);
});

test("a path with odd characters is never written into a profile and is quoted for the shell", () => {
  const text = textOf({ sysctls: { apparmorRestriction: 1 }, init: { path: "/opt/a b'{x}/cordon-init", ownerUid: 0 } });
  assert.match(text, /profile cordon-init \/usr\/local\/lib\/cordon\/cordon-init flags/);
  assert.ok(text.includes("'/opt/a b'\\''{x}/cordon-init'"));
});

test("AppArmor's restriction isn't blamed when root runs Cordon", () => {
  assert.doesNotMatch(textOf({ root: true, sysctls: { apparmorRestriction: 1 } }), /AppArmor/);
});

test("where only root may make namespaces, running it as root comes before the setting for everybody", () => {
  const text = textOf({ failed: { name: "userns", why: "EPERM" }, sysctls: { unprivilegedUserns: 0 } });
  assert.ok(text.indexOf("sudo cordon run") > 0 && text.indexOf("sudo cordon run") < text.indexOf("sysctl"));
});

test("a maximum of 0 is raised to a small number", () => {
  assert.match(
    textOf({ failed: { name: "userns", why: "ENOSPC" }, sysctls: { maxUserNamespaces: 0 } }),
    /user\.max_user_namespaces=256/,
  );
  assert.match(textOf({ failed: { name: "userns", why: "ENOSPC" } }), /another sandbox/);
});

test("containers get options for that one container, and never --privileged", () => {
  for (const container of ["docker", "podman", "kubernetes", "lxc"]) {
    for (const name of ["userns", "proc"]) {
      const text = textOf({ container, failed: { name, why: "EPERM" } });
      assert.match(text, new RegExp(container));
      assert.doesNotMatch(text, /privileged/);
    }
  }
});

test("a chroot, a covered /proc and an old kernel are told apart", () => {
  assert.match(textOf({ chroot: true, failed: { name: "userns", why: "EPERM" } }), /chroot/);
  assert.match(textOf({ failed: { name: "proc", why: "EPERM" } }), /findmnt -R \/proc/);
  assert.match(textOf({ failed: { name: "mount-setattr", why: "ENOSYS" } }), /too old/);
  assert.match(textOf({ failed: { name: "seccomp-filter", why: "timeout" } }), /timeout/);
});
