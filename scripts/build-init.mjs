// Builds native/cordon-init, and cordon-prober (which cordon breakout attacks with), for this machine (default), or for every architecture of a release (--release, also --arch NAME).
// musl is preferred (small, static); without it the machine's own compiler makes a larger static binary.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { muslSpecs } from "./musl.mjs";

const root = join(fileURLToPath(new URL(".", import.meta.url)), "..");
const native = join(root, "native");
const args = process.argv.slice(2);
const machine = process.arch === "arm64" ? "arm64" : "x64";
const wanted = args.includes("--arch")
  ? [args[args.indexOf("--arch") + 1]]
  : args.includes("--release")
    ? ["x64", "arm64"]
    : [machine];
const TRIPLE = { x64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" };

function has(program) {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
}

// Kernel headers come from the system: musl's folder has none.
const kernelHeaders = (triple) => `-idirafter /usr/include -idirafter /usr/include/${triple}`;

function toolchain(arch) {
  const triple = TRIPLE[arch];
  if (arch === machine) {
    if (has("musl-gcc")) return { cc: "musl-gcc", includes: kernelHeaders(triple) };
    for (const cc of ["cc", "gcc", "clang"]) if (has(cc)) return { cc, includes: "" };
    return undefined;
  }
  const cc = `${triple}-gcc`;
  if (!has(cc)) return undefined;
  const specs = muslSpecs(arch, triple, join(native, "out"));
  return {
    cc,
    includes: specs === undefined ? "" : `-specs=${specs} ${kernelHeaders(triple)} -idirafter /usr/${triple}/include`,
  };
}

function build(arch) {
  const tools = toolchain(arch);
  const output = join(native, "out", arch, "cordon-init");
  if (tools === undefined) {
    if (existsSync(output)) return output;
    const what =
      arch === machine
        ? "gcc make musl-tools"
        : `gcc-${TRIPLE[arch].replace("_", "-").replace("-linux-gnu", "")}-linux-gnu make`;
    console.error(
      `cordon-init for ${arch} can't be built: no C compiler was found. Install one, for example: apt-get install ${what}`,
    );
    process.exit(1);
  }
  if (!has("make")) {
    console.error("cordon-init can't be built: make was not found. Install it, for example: apt-get install make");
    process.exit(1);
  }
  const result = spawnSync(
    "make",
    ["-s", "-C", native, `ARCH=${arch}`, `CC=${tools.cc}`, `INCLUDES=${tools.includes}`],
    { stdio: "inherit" },
  );
  if (result.status !== 0) process.exit(result.status ?? 1);
  return output;
}

// The digests are baked into the package: the loader refuses a binary that isn't the one it was built with.
function place(built) {
  const list = join(root, "dist", "init", "digests.json");
  const digests = existsSync(list) ? JSON.parse(readFileSync(list, "utf8")) : {};
  for (const [arch, file] of Object.entries(built)) {
    const folder = join(root, "dist", "init", arch);
    mkdirSync(folder, { recursive: true });
    for (const [key, name] of [
      [arch, "cordon-init"],
      [`prober-${arch}`, "cordon-prober"],
    ]) {
      const made = join(dirname(file), name);
      copyFileSync(made, join(folder, name));
      chmodSync(join(folder, name), 0o755);
      digests[key] = createHash("sha256").update(readFileSync(made)).digest("hex");
    }
  }
  writeFileSync(list, `${JSON.stringify(digests, null, 2)}\n`);
}

const built = Object.fromEntries(wanted.map((arch) => [arch, build(arch)]));
place(built);
