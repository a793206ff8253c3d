#!/usr/bin/env bash
# Installs the agents that test/system/agents-* runs, as their users get them: unmodified from their registries, at the versions
# written here, into $CORDON_TEST_TOOLS/agents (default: .cordon-test/tools/agents). Doing it again changes nothing. Without it those
# tests are skipped, each saying what it lacks.
set -euo pipefail
cd "$(dirname "$0")/.."
agents="${CORDON_TEST_TOOLS:-$PWD/.cordon-test/tools}/agents"
system=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# A folder, what npm's `install --global` is asked for, and whether its own install step has to be run.
npm_agents=(
  "claude @anthropic-ai/claude-code@2.1.332 scripts"
  "codex @openai/codex@0.171.0 none"
  "gemini @google/gemini-cli@0.61.0 none"
  "opencode opencode-ai@1.18.33 scripts"
  "pi @mariozechner/pi-coding-agent@0.73.1 none"
  "mcp @modelcontextprotocol/server-filesystem@2026.8.31 none"
)
aider=aider-chat==0.86.2

# install FOLDER WANTED COMMAND…: runs the command with the folder's new place at its end, unless that is there already.
install() {
  local folder="$agents/$1" wanted="$2"
  shift 2
  [ "$(cat "$folder/installed" 2>/dev/null)" = "$wanted" ] && return
  rm -rf "$folder"
  mkdir -p "$folder"
  "$@" "$folder"
  chmod -R a+rX "$folder"
  echo "$wanted" >"$folder/installed"
}

from_npm() {
  local options=(--no-audit --no-fund --silent)
  # Newer versions of npm run the install steps of named packages only.
  if [ "$2" = none ]; then options+=(--ignore-scripts); else options+=("--allow-scripts=${1%@*}"); fi
  npm install --global "${options[@]}" --prefix "$3" "$1" </dev/null
}

from_pypi() {
  PATH="$system" python3 -m venv "$2"
  "$2/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: "$1"
}

for line in "${npm_agents[@]}"; do
  read -r folder package scripts <<<"$line"
  install "$folder" "$package" from_npm "$package" "$scripts"
done
install aider "$aider" from_pypi "$aider"
