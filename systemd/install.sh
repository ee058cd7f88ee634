#!/usr/bin/env bash
# Called by `make install` and `make uninstall`, which make .venv first; PREFIX, DESTDIR, PYTHON, UNITDIR and
# BINDIR come from there. The environment is made beside PREFIX and takes its place only when it is whole.
set -euo pipefail
cd "$(dirname "$0")/.."
# The service's user is not root, and must be able to read what root installs.
umask 022

die() {
  echo "make $verb: $*" >&2
  exit 1
}

# What a person would call ours: nothing else is ever replaced or removed.
is_ours() {
  [ -f "$1/pyvenv.cfg" ] && [ -f "$1/share/watcher/rules.example.toml" ]
}

systemd_runs() {
  [ -z "$DESTDIR" ] && [ -d /run/systemd/system ]
}

judge_prefix() {
  case "$PREFIX" in
    *[!A-Za-z0-9/._+-]* | [!/]* | "" | / | */ | *//* | */../* | */..) die "PREFIX must be the plain path of a folder of its own, such as /opt/watcher, not '$PREFIX'" ;;
  esac
  case "$DESTDIR" in
    *[!A-Za-z0-9/._+-]* | [!/]*) die "DESTDIR must be the plain path of a folder, not '$DESTDIR'" ;;
  esac
  if [ -e "$to" ] && ! is_ours "$to"; then
    rmdir "$to" 2>/dev/null || die "$to holds something that make install did not put there; name another PREFIX"
  fi
}

# The unit hides homes from the service (ProtectHome), and with them what pyenv or uv keep there.
judge_python() {
  "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    die "watcher needs Python 3.11 or later: make install PYTHON=/path/to/python3.11"
  local real
  real=$("$PYTHON" -c 'import os, sys; print(os.path.realpath(sys._base_executable or sys.executable))')
  case "${real#/}" in
    root/* | home/* | run/user/*)
      [ "$unit" = no ] || die "a service cannot see $real, as homes are hidden from it: make install PYTHON=/usr/bin/python3"
      ;;
  esac
}

make_environment() {
  echo "==> $to: Python, packages by requirements-run.lock, watcher"
  rm -rf "$new"
  mkdir -p "$(dirname "$to")"
  "$PYTHON" -m venv --without-pip "$new"
  local pip=(.venv/bin/python -m pip --python "$new/bin/python" install --quiet --no-compile --root-user-action=ignore)
  "${pip[@]}" --disable-pip-version-check --require-hashes -r requirements-run.lock
  .venv/bin/python -m hatchling build -t wheel -d "$work" >"$work/build" 2>&1 || die "$(<"$work/build")"
  "${pip[@]}" --disable-pip-version-check --no-index --no-deps "$work"/watcher-*.whl
  # It runs where nothing can be written, so it is compiled here, under the names that it will have there.
  "$new/bin/python" -m compileall -q -s "$new" -p "$PREFIX" "$new/lib"
  grep -rlIF "$new" "$new/bin" "$new/pyvenv.cfg" | xargs -r sed -i "s|$new|$PREFIX|g"
  install -D -m 0644 rules.example.toml "$new/share/watcher/rules.example.toml"
  make_help
}

# What man and bash show is asked of what was just installed.
make_help() {
  mkdir -p "$new/share/man/man1" "$new/share/bash-completion/completions"
  "$new/bin/python" -B -m watcher man >"$new/share/man/man1/watcher.1"
  "$new/bin/python" -B -m watcher completion bash >"$new/share/bash-completion/completions/watcher"
}

put_in_place() {
  rm -rf "$to.old"
  [ ! -e "$to" ] || mv "$to" "$to.old"
  mv "$new" "$to"
  rm -rf "$to.old"
}

# From where shells and man look for them, beside BINDIR; each line: the link, and what it leads to.
links() {
  local beside
  beside="$DESTDIR$(dirname "$BINDIR")"
  echo "$DESTDIR$BINDIR/watcher $PREFIX/bin/watcher"
  echo "$beside/share/man/man1/watcher.1 $PREFIX/share/man/man1/watcher.1"
  echo "$beside/share/bash-completion/completions/watcher $PREFIX/share/bash-completion/completions/watcher"
}

make_links() {
  local link target
  while read -r link target; do
    mkdir -p "$(dirname "$link")"
    if [ -e "$link" ] && [ "$(readlink "$link")" != "$target" ]; then
      echo "$link is something else and stays as it is; here it is $target"
    else
      ln -sfn "$target" "$link"
    fi
  done < <(links)
}

remove_links() {
  local link target
  while read -r link target; do
    [ "$(readlink "$link")" != "$target" ] || rm "$link"
  done < <(links)
}

install_unit() {
  if [ "$unit" = no ]; then
    echo "There is no systemd here, so its unit is left out."
    return
  fi
  sed "s|^ExecStart=/opt/watcher/|ExecStart=$PREFIX/|" systemd/watcher.service >"$work/watcher.service"
  install -D -m 0644 "$work/watcher.service" "$DESTDIR$UNITDIR/watcher.service"
  ! systemd_runs || systemctl daemon-reload
}

say_what_is_next() {
  echo "Installed $("$to/bin/python" -c 'import watcher; print("watcher", watcher.__version__)') in $to."
  if systemd_runs && systemctl --quiet is-active watcher; then
    echo "The one that runs is still the old one. Next: systemctl restart watcher"
    return
  fi
  cat <<NEXT
Next:
  install -d -m 0755 /etc/watcher
  install -m 0644 $PREFIX/share/watcher/rules.example.toml /etc/watcher/rules.toml
  edit it (secrets: systemd/README.md), then: $PREFIX/bin/watcher check --config /etc/watcher/rules.toml
NEXT
  if [ "$unit" = no ]; then
    echo "  $PREFIX/bin/watcher run --config /etc/watcher/rules.toml"
  else
    echo "  systemctl enable --now watcher"
  fi
}

do_install() {
  unit=yes
  [ -n "$DESTDIR" ] || command -v systemctl >/dev/null || unit=no
  judge_prefix
  judge_python
  work=$(mktemp -d)
  trap 'rm -rf "$work" "$new"' EXIT
  make_environment
  put_in_place
  make_links
  install_unit
  say_what_is_next
}

do_uninstall() {
  judge_prefix
  [ -e "$to" ] || die "there is no watcher in $to; name its PREFIX"
  local installed="$DESTDIR$UNITDIR/watcher.service"
  if [ -f "$installed" ] && grep -qxF "ExecStart=$PREFIX/bin/watcher run" "$installed"; then
    ! systemd_runs || systemctl disable --now watcher
    rm "$installed"
    ! systemd_runs || systemctl daemon-reload
  fi
  remove_links
  rm -rf "$to"
  echo "Removed. What is yours stays: /etc/watcher and /var/lib/watcher."
}

verb=${1:?install or uninstall}
: "${PREFIX:?}" "${PYTHON:?}" "${UNITDIR:?}" "${BINDIR:?}" "${DESTDIR=}"
to="$DESTDIR$PREFIX"
new="$to.new"
case "$verb" in
  install) do_install ;;
  uninstall) do_uninstall ;;
  *) die "nothing is known of that" ;;
esac
