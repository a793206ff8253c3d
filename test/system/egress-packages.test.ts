// Package managers inside a sandbox with an allowlist: npm, pip, cargo and apt, each with a registry of the test's own. Issue 3.
import { existsSync } from "node:fs";
import { type Client, testClient } from "../support/egress/client.js";
import { gitServer } from "../support/egress/git-server.js";
import {
  crateRegistry,
  debianRepository,
  npmRegistry,
  PACKAGE,
  pythonIndex,
  SCOPED,
} from "../support/egress/packages.js";
import { PYTHON } from "../support/egress/tools.js";
import { fileCleanup, openWorld } from "../support/egress/world.js";

const NPM: Client = {
  name: "npm install",
  needs: ["npm", "node"],
  script: `
    npm install --registry "$BASE/npm/" --cache "$PWD/.cache" --fetch-retries=0 --no-audit --no-fund --no-update-notifier --loglevel=error ${SCOPED}
    node -p 'require("${SCOPED}")'`,
  prints: /installed from the registry/,
  request: /^GET \/npm\/@cordon-tests%2fsample[\s\S]*^GET \/npm\/@cordon-tests\/sample\/-\/sample-1\.0\.0\.tgz/m,
  ways: ["tunnel", "inspected"],
  knowsProxies: true,
  prepare: (stage) => stage.write("workspace/package.json", '{"name":"work","private":true}'),
};

const PIP: Client = {
  name: "pip install",
  needs: [PYTHON],
  script: `
    ${PYTHON} -m pip install -q --disable-pip-version-check --no-cache-dir --retries 0 --timeout 15 --target packages -i "$BASE/pypi/simple" ${PACKAGE}
    PYTHONPATH=packages ${PYTHON} -c 'import cordon_sample; print(cordon_sample.TEXT)'`,
  prints: /installed from the index/,
  request: /^GET \/pypi\/cordon_sample-1\.0\.0-py3-none-any\.whl/m,
  ways: ["tunnel", "inspected"],
  knowsProxies: true,
};

/** Before 1.68 cargo knew sparse registries as an experiment only. */
const CARGO_TOML = `[package]\nname = "work"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n${PACKAGE} = "1"\n`;
const CARGO: Client = {
  name: "cargo fetch",
  needs: ["cargo"],
  script: `
    export CARGO_HOME=$HOME/.cargo CARGO_NET_RETRY=0
    case "$(cargo --version)" in "cargo 1."[0-5][0-9].*|"cargo 1.6"[0-7].*) export RUSTC_BOOTSTRAP=1; set -- -Z sparse-registry;; esac
    mkdir -p $CARGO_HOME
    printf '[source.crates-io]\\nreplace-with = "test"\\n[source.test]\\nregistry = "sparse+%s/crates/"\\n' "$BASE" > $CARGO_HOME/config.toml
    cargo "$@" fetch -q
    find $CARGO_HOME/registry/src -name lib.rs | xargs cat`,
  prints: /pub fn sample/,
  request: /^GET \/crates\/dl\/cordon-sample\/1\.0\.0\/download/m,
  ways: ["tunnel", "inspected"],
  knowsProxies: true,
  prepare: (stage) => {
    stage.write("workspace/Cargo.toml", CARGO_TOML);
    stage.write("workspace/src/lib.rs", "");
  },
};

/** By cargo's own git (libgit2), which isn't the program that the transfer tests run. */
const CARGO_GIT: Client = {
  name: "cargo fetch of a git repository",
  needs: ["cargo", "git"],
  script: `
    export CARGO_HOME=$HOME/.cargo CARGO_NET_RETRY=0
    echo "cloned = { git = '$BASE/git/project.git', branch = 'main' }" >> Cargo.toml
    cargo fetch -q
    find $CARGO_HOME/git/checkouts -name lib.rs | xargs cat`,
  prints: /pub fn cloned/,
  request: /^POST \/git\/project\.git\/git-upload-pack/m,
  ways: ["tunnel", "inspected"],
  knowsProxies: true,
  prepare: (stage) => {
    stage.write("workspace/Cargo.toml", CARGO_TOML.replace(/^cordon-sample.*\n/m, ""));
    stage.write("workspace/src/lib.rs", "");
  },
};

/** apt has no variable for certificates: inside, the system's own bundle is the run's. */
const APT: Client = {
  name: "apt-get update and download",
  needs: ["apt-get", "dpkg-deb"],
  script: `
    mkdir -p state/lists/partial cache/archives/partial etc
    touch state/status
    echo "deb [trusted=yes] $BASE/apt ./" > etc/sources.list
    apt() {
      apt-get -q -o Dir::State="$PWD/state" -o Dir::State::status="$PWD/state/status" -o Dir::Cache="$PWD/cache" -o Dir::Log="$PWD/state" \\
        -o Dir::Etc="$PWD/etc" -o Dir::Etc::sourcelist="$PWD/etc/sources.list" -o Dir::Etc::sourceparts=- \\
        -o Acquire::Retries=0 -o Acquire::Languages=none -o APT::Update::Error-Mode=any $OPTIONS "$@"
    }
    apt update
    apt download ${PACKAGE}
    dpkg-deb --field ${PACKAGE}_1.0.0_all.deb Package`,
  prints: /^cordon-sample$/m,
  request: /^GET \/apt\/\.?\/?cordon-sample_1\.0\.0_all\.deb/m,
  ways: ["plain", "tunnel", "inspected"],
  knowsProxies: true,
  outsideOptions: ({ certificates }) => `-o Acquire::https::CaInfo=${certificates.authority}`,
};

const world = await openWorld(fileCleanup(), (folder) => ({
  npm: npmRegistry(folder),
  pypi: pythonIndex(folder),
  crates: crateRegistry(folder),
  git: gitServer(folder).site,
  // Where there is no dpkg, there is no apt either, whose tests say so.
  ...(existsSync("/usr/bin/dpkg-deb") ? { apt: debianRepository(folder) } : {}),
}));

const CLIENTS: readonly (readonly [Client, string])[] = [
  [NPM, "npm.test"],
  [PIP, "pypi.test"],
  [CARGO, "crates.test"],
  [CARGO_GIT, "git.test"],
  [APT, "apt.test"],
];
for (const [client, host] of CLIENTS) testClient(client, { world, service: world.site(host) });
