#!/bin/sh
# Makes .venv from the hashed requirements: sh infra/local/setup.sh local|dev. Silent and instant when nothing is to be done.
# Whatever the user can mend is said in one line.

set -u
cd "$(dirname "$0")/../.." || exit 1

set_wanted=${1:-local}
requirements=requirements/$set_wanted.txt
venv=.venv
stamp=$venv/wlijo-$set_wanted.stamp
log=.wlijo/logs/setup.log

fail() {
    printf '%s\n' "setup: $1" >&2
    exit 1
}

hash_wanted() {
    # The interpreter counts too: another one needs other packages.
    cat "$requirements" "$venv/pyvenv.cfg" 2>/dev/null | cksum
}

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(hash_wanted)" ] && "$venv/bin/python" -c '' 2>/dev/null; then
    exit 0
fi

fits='import sys; sys.exit(0 if sys.implementation.name == "cpython" and (3, 11) <= sys.version_info[:2] <= (3, 14) else 3)'
says='import sys; print("%s %d.%d.%d" % ((sys.implementation.name,) + tuple(sys.version_info[:3])))'
found=''
unfit=''
no_venv=''

consider() {
    path=$(command -v "$1" 2>/dev/null) || return 1
    "$path" -c "$fits" >/dev/null 2>&1
    case $? in
    0) ;;
    3)
        unfit="$unfit${unfit:+, }$("$path" -c "$says" 2>/dev/null) at $path"
        return 1
        ;;
    *) return 1 ;; # a version manager's empty shim, or not Python at all
    esac
    if ! "$path" -c 'import venv, ensurepip' >/dev/null 2>&1; then
        no_venv=${no_venv:-$path}
        return 1
    fi
    found=$path
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        consider "$PYTHON" && return 0
        [ -n "$no_venv$unfit" ] || fail "PYTHON=$PYTHON is no Python that runs"
        return 1
    fi
    for name in python3.14 python3.13 python3.12 python3.11 python3 python; do
        consider "$name" && return 0
    done
    return 1
}

if ! find_python; then
    if [ -n "$no_venv" ]; then
        version=$("$no_venv" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        fail "Python $version at $no_venv lacks the venv module: install it (Debian, Ubuntu: apt install python$version-venv) or name another with PYTHON=/path/to/python"
    elif [ -n "$unfit" ]; then
        fail "CPython 3.11 to 3.14 is needed, found only $unfit: install one (Debian 12 and later: apt install python3 python3-venv; macOS: brew install python@3.13) or name it with PYTHON=/path/to/python"
    fi
    fail "no Python found: install CPython 3.11 to 3.14 (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python@3.13) or name it with PYTHON=/path/to/python"
fi

mkdir -p .wlijo/logs 2>/dev/null || fail "cannot write in $(pwd)/.wlijo: it belongs to another user; run as that user, or remove it"

if ! "$venv/bin/python" -c "$fits" >/dev/null 2>&1 || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    echo "making .venv with $("$found" -c "$says") ($found)"
    rm -rf "$venv" 2>/dev/null || fail "cannot remove the old $(pwd)/.venv: it belongs to another user"
    "$found" -m venv "$venv" >"$log" 2>&1 || {
        if grep -q ensurepip "$log"; then
            version=$("$found" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
            fail "Python $version at $found lacks ensurepip: install it (Debian, Ubuntu: apt install python$version-venv) or name another with PYTHON=/path/to/python"
        fi
        fail "cannot make .venv: $(tail -n 1 "$log")"
    }
fi

proxies() {
    # The names and values that pip sees, without a password.
    env | grep -i -E '^(https?|all)_proxy=' | sed -E 's#//[^/@]*@#//…@#' | tr '\n' ' ' | sed 's/ $//'
}

explain() {
    if grep -q -i 'do not match the hashes' "$log"; then
        package=$(grep -o -i -E '[a-z0-9._-]+(==| from )[^ ]*' "$log" | tail -n 1)
        fail "a package is not the one that was locked (hash mismatch${package:+: $package}): something between here and the package index changed it; nothing of it was installed. Try another network or mirror; log: $log"
    fi
    if grep -q -i -E 'ProxyError|Cannot connect to proxy|Tunnel connection failed|407 Proxy' "$log"; then
        fail "the proxy does not let us through: $(proxies | grep . || echo 'it is set in pip.conf'): mend or unset it; log: $log"
    fi
    if grep -q -i -E 'CERTIFICATE_VERIFY_FAILED|SSLError' "$log"; then
        fail "the package index shows a certificate that this machine does not trust: set PIP_CERT to your network's certificate file; log: $log"
    fi
    if grep -q -i -E 'NewConnectionError|NameResolutionError|name resolution|Failed to establish|Network is unreachable|ConnectTimeout|Read timed out|Connection refused|Connection reset' "$log"; then
        seen=$(proxies)
        fail "no network to the package index${seen:+ (with $seen)}: connect, or set HTTPS_PROXY or PIP_INDEX_URL, and run it again; log: $log"
    fi
    if grep -q -i 'No space left' "$log"; then
        fail "the disk is full: about 600 MB are needed"
    fi
    if grep -q -i -E 'No matching distribution|Could not find a version' "$log"; then
        fail "no ready-made package for this system ($(uname -s) $(uname -m), $("$venv/bin/python" -c "$says")): Linux with glibc 2.28 or later on x86-64 or arm64, or macOS, is needed; log: $log"
    fi
    fail "pip failed: $(grep -i '^error' "$log" | tail -n 1 | cut -c 1-200); log: $log"
}

total=$(grep -c '^[A-Za-z0-9].*==' "$requirements")
echo "installing $total packages ($requirements)"
"$venv/bin/python" -m pip install --require-hashes --only-binary :all: --no-input --disable-pip-version-check \
    --no-color --progress-bar off --retries 2 -r "$requirements" >"$log" 2>&1 </dev/null &
pip=$!
trap 'kill $pip 2>/dev/null; exit 130' INT TERM HUP
seconds=0
while kill -0 $pip 2>/dev/null; do
    sleep 1
    seconds=$((seconds + 1))
    if [ $((seconds % 5)) -eq 0 ]; then
        if grep -q '^Installing collected' "$log"; then
            echo "  $seconds s: unpacking"
        else
            echo "  $seconds s: $(grep -c -E '^Collecting ' "$log") of $total"
        fi
    fi
done
wait $pip || explain
hash_wanted >"$stamp"
# dev holds all that local holds.
[ "$set_wanted" = dev ] && cat requirements/local.txt "$venv/pyvenv.cfg" | cksum >"$venv/wlijo-local.stamp"
echo "environment ready after $seconds s"
