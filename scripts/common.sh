# Sourced by the scripts: where things are, and how messages look.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${QWENC_CACHE:-$root/.cache}
venv=$cache/venv

note() { printf '\n== %s\n' "$*" >&2; }
die() {
  printf '%s: error: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# The text between the first empty line and the `set` line of a script is its
# help: comments without their '#'.
usage() { sed -n '2,/^set /{/^# SPDX/d;/^set /d;s/^# \{0,1\}//p;}' "$0"; }
