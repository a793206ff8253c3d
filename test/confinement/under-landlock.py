# Restricts itself with a Landlock ruleset, then becomes a command. For tests only.
#   under-landlock.py '{"handledFs": N, "scoped": N, "paths": [{"path": P, "access": N}, ...]}' COMMAND [ARGUMENT ...]
#   under-landlock.py abi      prints the kernel's Landlock version, 0 without one
import ctypes
import json
import os
import struct
import sys

CREATE, ADD_RULE, RESTRICT, VERSION, PATH_BENEATH, NO_NEW_PRIVS = 444, 445, 446, 1, 1, 38
libc = ctypes.CDLL(None, use_errno=True)


def call(what, *numbers):
    result = libc.syscall(*numbers)
    if result < 0:
        sys.exit(what + ": " + os.strerror(ctypes.get_errno()))
    return result


if sys.argv[1] == "abi":
    print(max(0, libc.syscall(CREATE, None, 0, VERSION)))
    sys.exit(0)
rules = json.loads(sys.argv[1])
attribute = struct.pack("<QQQ", rules["handledFs"], 0, rules["scoped"])
ruleset = call("landlock_create_ruleset", CREATE, attribute, len(attribute), 0)
for rule in rules["paths"]:
    fd = os.open(rule["path"], os.O_PATH | os.O_CLOEXEC)
    beneath = struct.pack("<Qi", rule["access"], fd)
    call("landlock_add_rule " + rule["path"], ADD_RULE, ruleset, PATH_BENEATH, beneath, 0)
    os.close(fd)
if libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
    sys.exit("prctl")
call("landlock_restrict_self", RESTRICT, ruleset, 0)
os.execvp(sys.argv[2], sys.argv[2:])
