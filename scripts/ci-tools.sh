#!/usr/bin/env bash
# Installs what the system tests run beside Cordon: clients of the network (test/system/egress-*), receivers of the record
# (test/system/shipping-*), what reads exports (test/system/export-*), the agents of test/system/agents-* (scripts/ci-agents.sh), a session
# bus, the emulator for the guest of test/vm. Programs from the distribution when run by root,
# and third-party packages for Python and Node into $CORDON_TEST_TOOLS (default: .cordon-test/tools). Doing it again changes nothing.
# Without it those tests are skipped, each saying what it lacks. It must never change the system's own Python or Node.
set -euo pipefail
cd "$(dirname "$0")/.."
tools="${CORDON_TEST_TOOLS:-$PWD/.cordon-test/tools}"
# The tests look for programs here only: no version manager's.
system=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

packages=(git curl wget ca-certificates openssl openssh-client openssh-server python3 python3-venv bind9-dnsutils iproute2 nftables golang-go cargo default-jdk-headless
  rsyslog rsyslog-gnutls systemd systemd-journal-remote dbus-daemon python3-dbus python3-gi gnome-keyring libnotify-bin bsdutils
  bubblewrap firejail podman runc uidmap buildah gpg gpg-agent catatonit tinyproxy-bin apparmor secilc
  qemu-system-x86 mmdebstrap e2fsprogs kmod cpio xz-utils)
python=(requests==2.34.2 aiohttp==3.14.5 'httpx[http2]==0.28.1' grpcio==1.85.1 opentelemetry-proto==1.45.2)
node=(ws@8.23.0)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" -ne 0 ]; then
    echo "ci-tools: to be installed by root: ${missing[*]}" >&2
  else
    export DEBIAN_FRONTEND=noninteractive
    # Servers that packages bring aren't to be started: the tests start their own.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
      printf '#!/bin/sh\nexit 101\n' >"$policy"
      chmod 755 "$policy"
      trap 'rm -f "$policy"' EXIT
    fi
    apt-get -qq update
    apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
  fi
fi

# The agents of test/system/agents-*, beside the rest: each takes its time to arrive.
scripts/ci-agents.sh &
agents=$!

wanted="${python[*]} ${node[*]}"
if [ "$(cat "$tools/installed" 2>/dev/null)" != "$wanted" ]; then
  mkdir -p "$tools"
  rm -rf "$tools/python" "$tools/node_modules"
  PATH="$system" python3 -m venv "$tools/python"
  "$tools/python/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: "${python[@]}"
  npm install --prefix "$tools" --no-save --no-audit --no-fund --ignore-scripts --silent "${node[@]}" </dev/null
  chmod -R a+rX "$tools"
  echo "$wanted" >"$tools/installed"
fi
wait "$agents"
