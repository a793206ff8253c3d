# Puts itself under a seccomp filter, then makes raw system calls or becomes a command. For tests only.
#   under-filter.py FILTER calls '[[number, argument, ...], ...]'   prints a JSON list: the result, or "-ERRNO" as a number
#   under-filter.py FILTER int80 NUMBER                             one call by the i386 entry
#   under-filter.py FILTER exec COMMAND [ARGUMENT ...]
# FILTER is a file of struct sock_filter, or "-" for none.
import ctypes
import json
import mmap
import os
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


class Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def install(path):
    with open(path, "rb") as file:
        code = file.read()
    program = Program(len(code) // 8, code)
    for arguments in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)):
        if libc.prctl(*arguments) != 0:
            sys.exit("prctl: " + os.strerror(ctypes.get_errno()))


def call(numbers):
    ctypes.set_errno(0)
    result = libc.syscall(*[ctypes.c_ulong(number & 0xFFFFFFFFFFFFFFFF) for number in numbers])
    return -ctypes.get_errno() if result == -1 else result


def int80(number):
    # push rbx; mov eax, NUMBER; xor ebx, ebx; int 0x80; pop rbx; ret
    code = b"\x53\xb8" + number.to_bytes(4, "little") + b"\x31\xdb\xcd\x80\x5b\xc3"
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return ctypes.CFUNCTYPE(ctypes.c_int)(address)()


path, verb, rest = sys.argv[1], sys.argv[2], sys.argv[3:]
if path != "-":
    install(path)
if verb == "calls":
    print(json.dumps([call(numbers) for numbers in json.loads(rest[0])]))
elif verb == "int80":
    print(int80(int(rest[0])))
else:
    os.execvp(rest[0], rest)
