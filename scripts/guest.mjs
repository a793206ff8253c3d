// The guest of the tests in test/vm: a Debian with a kernel of its own under QEMU's emulation, built by test/vm/build. It has no network,
// sees this checkout read-only, does the one job that it is given, and ends. Nothing of it stays but the built image.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Programs that the guest needs on this machine, and the Debian packages that have them. */
const PROGRAMS = {
  "qemu-system-x86_64": "qemu-system-x86",
  mmdebstrap: "mmdebstrap",
  mke2fs: "e2fsprogs",
  depmod: "kmod",
  cpio: "cpio",
  xz: "xz-utils",
};
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
const END_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
const CONSOLE_TAIL_LINES = 40;

/** What this machine lacks for the guest, in words; empty when it can run. */
export function missing() {
  if (process.arch !== "x64") return ["an x86-64 machine"];
  const folders = PATH.split(":");
  const absent = Object.entries(PROGRAMS)
    .filter(([program]) => !folders.some((folder) => existsSync(join(folder, program))))
    .map(([program, name]) => (program === name ? program : `${program} (package ${name})`));
  if (absent.length > 0 || process.getuid() === 0) return absent;
  return build(["--if-built"]).status === 0 ? [] : ["its image, which root builds once (test/vm/build)"];
}

/** Builds the image unless it is there; its folder. */
function image() {
  const { status, stdout } = build([]);
  if (status !== 0) throw new Error(`test/vm/build failed (status ${status})`);
  return stdout.trim();
}

function build(more) {
  return spawnSync(join(root, "test/vm/build"), [process.execPath, ...more], {
    env: { ...process.env, PATH },
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
  });
}

/**
 * Starts the guest for one job and waits until it has ended. Gives the job's exit status and its TAP; throws when the guest didn't end
 * by itself in time, with what its console said last. What the job prints goes to stdout.
 */
export async function boot({ job, timeoutMs, interactive = false }) {
  const folder = mkdtempSync(join(tmpdir(), "cordon-vm-"));
  const at = (name) => join(folder, name);
  try {
    writeFileSync(at("job"), job.map((word) => `${word}\n`).join(""));
    const qemu = spawn("qemu-system-x86_64", argv(image(), at, interactive), {
      // The pipe stays open: at the end of its stdin QEMU takes no more output either.
      stdio: [interactive ? "inherit" : "pipe", "inherit", "inherit"],
    });
    const how = await ended(qemu, timeoutMs);
    const status = /^status (\d+)$/m.exec(text(at("status")))?.[1];
    if (status === undefined) throw new Error(`${how}; its console's last lines:\n${tail(text(at("console")))}`);
    return { status: Number(status), tap: text(at("tap")) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function argv(built, at, interactive) {
  const port = (name) => ["-device", `virtserialport,chardev=${name},name=${name}`];
  const file = (name) => ["-chardev", `file,id=${name},path=${at(name)}`, ...port(name)];
  return [
    ...["-machine", "microvm,rtc=on", "-accel", "tcg,thread=multi", "-smp", "2", "-m", "2048"],
    ...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-nic", "none"],
    ...["-kernel", join(built, "vmlinux"), "-initrd", join(built, "initrd.cpio"), "-append", commandLine()],
    // What is written goes to a file without a name, which ends with QEMU.
    ...["-drive", `file=${join(built, "root.ext4")},format=raw,if=none,id=root,snapshot=on,cache=unsafe`],
    ...["-device", "virtio-blk-device,drive=root"],
    ...["-fsdev", `local,id=checkout,path=${root},security_model=none,readonly=on,multidevs=remap`],
    ...["-device", "virtio-9p-device,fsdev=checkout,mount_tag=checkout"],
    ...["-fw_cfg", `name=opt/cordon/job,file=${at("job")}`],
    ...["-serial", `file:${at("console")}`],
    ...["-device", "virtio-serial-device", "-chardev", "stdio,id=output,signal=off"],
    ...(interactive ? ["-device", "virtconsole,chardev=output"] : port("output")),
    ...["status", "tap"].flatMap(file),
  ];
}

/** This machine type has no clock to measure the processor's by, so it is told: guessing wrong, the kernel hangs as it starts. */
function commandLine() {
  const mhz = Number(/^cpu MHz\s*: ([\d.]+)$/m.exec(text("/proc/cpuinfo"))?.[1] ?? 2000);
  const clock = `tsc=reliable tsc_early_khz=${Math.round(mhz * 1000)}`;
  return `console=ttyS0 panic=-1 nokaslr ${clock} cryptomgr.notests systemd.show_status=1`;
}

/** Waits for QEMU's end, which is brought about by the time limit or by a signal to us; a word about how it came. */
async function ended(qemu, timeoutMs) {
  const stop = (how) => {
    reason ??= how;
    qemu.kill("SIGKILL");
  };
  let reason;
  const timer = setTimeout(() => stop(`the guest didn't end within ${timeoutMs / 1000} s`), timeoutMs);
  const onSignal = (signal) => stop(`stopped by ${signal}`);
  for (const signal of END_SIGNALS) process.on(signal, onSignal);
  try {
    const [status] = await once(qemu, "close");
    return reason ?? `QEMU ended with status ${status} before the job was done`;
  } finally {
    clearTimeout(timer);
    for (const signal of END_SIGNALS) process.off(signal, onSignal);
  }
}

function text(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

function tail(console) {
  return console.split("\n").slice(-CONSOLE_TAIL_LINES).join("\n");
}
