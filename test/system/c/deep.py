# Makes or reads a file deeper than a path can name, by going down one folder after the other.
# usage: deep.py make|read|carry BASE LEVELS     read prints the file's text, or how far it came; carry takes the folder `sub` with
# it, makes its hook executable there by each call that can, and brings it back
import os
import sys

NAME = "d" * 200
what, base, levels = sys.argv[1:]
os.chdir(base)
top = os.open(".", os.O_RDONLY)
for level in range(int(levels)):
    try:
        if what != "read":
            os.mkdir(NAME)
        os.chdir(NAME)
    except OSError as error:
        print("level", level, error.errno)
        sys.exit(0)
if what == "make":
    with open(".env", "w") as file:
        file.write(sys.stdin.read())
elif what == "carry":
    down = os.open(".", os.O_RDONLY)
    os.rename("sub", NAME, src_dir_fd=top, dst_dir_fd=down)
    os.chdir(NAME)
    os.chdir(".git")
    os.chdir("hooks")
    hook = os.open("pre-commit", os.O_RDONLY)
    for change in (lambda: os.fchmod(hook, 0o755), lambda: os.chmod("pre-commit", 0o755), lambda: os.chmod(f"/proc/self/fd/{hook}", 0o755)):
        try:
            change()
        except OSError as error:
            print("mode", error.errno)
    for flags in (os.O_RDONLY | os.O_TRUNC, os.O_WRONLY | os.O_TRUNC, os.O_WRONLY):
        for path in ("pre-commit", f"/proc/self/fd/{hook}"):
            try:
                os.write(os.open(path, flags), b"PWNED")
            except OSError as error:
                print("open", error.errno)
    os.rename(NAME, "sub", src_dir_fd=down, dst_dir_fd=top)
    print("carried")
else:
    with open(".env") as file:
        print(file.read())
