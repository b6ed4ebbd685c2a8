#!/usr/bin/env bash
# tests/publish.sh FOLDER [RUNTIME [PROPERTY...]]   publishes the worker into FOLDER, as deploy/Dockerfile does or otherwise.
#
#   tests/publish.sh artifacts/worker "$(tests/publish.sh runtime)" -p:PublishReadyToRun=true -p:SelfContained=false
#
# What it builds meanwhile lies in FOLDER.build; the lock files and the builds of the solution stay as they are.
set -euo pipefail

if [ "${1:-}" = runtime ]; then
  case $(uname -m) in
    aarch64) echo linux-arm64 ;;
    *) echo linux-x64 ;;
  esac
  exit
fi

folder=$(realpath -m "${1:?a folder}")
runtime=${2:-}
properties=("${@:3}" --disable-build-servers --artifacts-path "$folder.build" -v quiet)
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dotnet restore src/Worker --locked-mode "${properties[@]}"
# What analyzers find, the build of the solution has told.
dotnet publish src/Worker --no-restore -c Release -nologo --output "$folder" ${runtime:+--runtime "$runtime"} \
  -p:RunAnalyzers=false "${properties[@]}"
rm -rf "$folder.build"
# Some run it as a user without rights.
chmod -R a+rX,go-w "$folder"
