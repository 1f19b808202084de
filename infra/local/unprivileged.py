"""Starts PostgreSQL, which refuses to run as root, for a user who is root. A script of the standard library alone.

    python unprivileged.py DATA_FOLDER PROGRAM ARGUMENT…

It becomes the program. First choice is a user namespace of its own, in which root bears an ordinary number: files keep
their owner, and the process has no privilege left. Where the kernel or a container forbids that, the process becomes
`nobody`, owns the data folder, and keeps one privilege of root, to pass folders that are closed to others (a checkout
under /root). On macOS it becomes the user behind sudo. The reasons are in docs/adr.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import sys

_CLONE_NEWUSER = 0x10000000
_PR_SET_SECUREBITS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 28, 47, 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Capabilities(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _ordinary() -> tuple[int, int]:
    """A user and group number other than root's that has a name: initdb looks it up."""
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        entry = next(
            (known for known in pwd.getpwall() if known.pw_uid > 0),
            pwd.struct_passwd(("", "", 65534, 65534, "", "", "")),
        )
    return entry.pw_uid % 2**32, entry.pw_gid % 2**32


def _enter_namespace() -> None:
    """From here on root is called by an ordinary number. The privileges go with the next exec."""
    user, group = _ordinary()
    _check(_libc().unshare(_CLONE_NEWUSER))
    for file, text in (("setgroups", "deny"), ("uid_map", f"{user} 0 1"), ("gid_map", f"{group} 0 1")):
        with open(f"/proc/self/{file}", "w") as stream:
            stream.write(text)


def _namespace_works(data: str, program: str) -> bool:
    """Tried in a child, for a half-made namespace cannot be left, and root without privileges may be shut out."""
    child = os.fork()
    if child == 0:
        try:
            _enter_namespace()
            os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", _CAN_USE, data, program])  # noqa: S606  # no shell wanted
        except OSError:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


_CAN_USE = (
    "import os,sys; sys.exit(not (os.access(sys.argv[1], os.R_OK|os.W_OK|os.X_OK) and os.access(sys.argv[2], os.X_OK)))"
)


def _become(user: int, group: int, *, keep_access: bool) -> None:
    libc = _libc()
    os.setgroups([])
    if keep_access:  # else access(2), which initdb and postgres ask before they open, would not count the privilege
        _check(libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0))
    os.setresgid(group, group, group) if hasattr(os, "setresgid") else os.setgid(group)
    os.setresuid(user, user, user) if hasattr(os, "setresuid") else os.setuid(user)
    if keep_access:
        one = 1 << _CAP_DAC_OVERRIDE
        header = _Header(_CAPABILITY_VERSION_3, 0)
        wanted = (_Capabilities * 2)(_Capabilities(one, one, one), _Capabilities(0, 0, 0))
        _check(libc.capset(ctypes.byref(header), wanted))
        _check(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0))


def _own(folder: str, user: int, group: int) -> None:
    """Gives the data to who will run the server; an earlier start may have gone the other way."""
    if os.stat(folder).st_uid == user:
        return
    for path, _, files in os.walk(folder, topdown=False):
        for name in files:
            os.chown(os.path.join(path, name), user, group, follow_symlinks=False)
        os.chown(path, user, group)


def main(data: str, *command: str) -> None:
    if os.geteuid() == 0:
        if sys.platform == "linux" and os.environ.get("WLIJO_AS_ROOT") != "setuid":
            _own(data, 0, 0)
            if _namespace_works(data, command[0]):
                _enter_namespace()
                os.execv(command[0], command)  # noqa: S606
        user, group = _ordinary()
        if sys.platform == "darwin" and os.environ.get("SUDO_UID"):
            user, group = int(os.environ["SUDO_UID"]), int(os.environ["SUDO_GID"])
        _own(data, user, group)
        try:
            _become(user, group, keep_access=sys.platform == "linux")
        except OSError as problem:
            sys.exit(
                f"PostgreSQL refuses to run as root, and cannot be another user here ({problem}): be an ordinary one"
            )
        if not os.access(data, os.W_OK | os.X_OK) or not os.access(command[0], os.X_OK):
            sys.exit(
                f"PostgreSQL refuses to run as root, and user {user} may not enter {data}: run as an ordinary user"
            )
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(*sys.argv[1:])
