// The C library for building cordon-init for another architecture: the files of Debian's musl-dev, unpacked below native/out. Nothing
// is installed, no foreign architecture is enabled: apt works on folders of its own. Without apt or a network: undefined, and why.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const LIMIT_MS = 180_000;
const DEBIAN = { arm64: "arm64", x64: "amd64" };

/** gcc's specs file for the library, which is unpacked at the first use. `triple` as in `aarch64-linux-gnu`. */
export function muslSpecs(arch, triple, out) {
  const library = join(out, `musl-${arch}`);
  const folder = join(library, "usr", "lib", triple.replace("gnu", "musl"));
  const problem = existsSync(folder) ? undefined : unpack(DEBIAN[arch], library);
  if (problem !== undefined) {
    console.error(`musl for ${arch} isn't at hand (${problem}); the C library of ${triple}-gcc makes a larger binary`);
    return undefined;
  }
  // The package's own file names the places where it would be installed.
  const given = readFileSync(join(folder, "musl-gcc.specs"), "utf8");
  const specs = join(library, "cordon.specs");
  writeFileSync(specs, given.replaceAll("/usr/", `${library}/usr/`));
  return specs;
}

/** What is wrong, or undefined. */
function unpack(debianArch, library) {
  // A folder that apt's own user may write to as well.
  const work = mkdtempSync(join(tmpdir(), "cordon-musl-"));
  try {
    for (const folder of ["lists/partial", "archives/partial"]) mkdirSync(join(work, folder), { recursive: true });
    writeFileSync(join(work, "status"), "");
    const options = [
      `APT::Architecture=${debianArch}`,
      `APT::Architectures::=${debianArch}`,
      "APT::Sandbox::User=",
    ].concat([
      `Dir::State=${work}`,
      `Dir::State::status=${join(work, "status")}`,
      `Dir::Cache=${work}`,
      `Dir::State::lists=${join(work, "lists")}`,
    ]);
    const apt = (...args) =>
      spawnSync("apt-get", ["-q", ...options.flatMap((option) => ["-o", option]), ...args], {
        cwd: work,
        timeout: LIMIT_MS,
        encoding: "utf8",
      });
    if (apt("update").status !== 0) return "apt-get update failed";
    if (apt("download", `musl-dev:${debianArch}`).status !== 0) return "apt-get download musl-dev failed";
    const file = readdirSync(work).find((name) => name.endsWith(".deb"));
    if (file === undefined) return "nothing was downloaded";
    const fresh = `${library}.new`;
    rmSync(fresh, { recursive: true, force: true });
    if (spawnSync("dpkg-deb", ["-x", join(work, file), fresh]).status !== 0) return "dpkg-deb failed";
    rmSync(library, { recursive: true, force: true });
    renameSync(fresh, library);
    return undefined;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
