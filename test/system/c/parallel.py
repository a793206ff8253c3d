# Makes folders while other threads already try to make things in them; prints every error but that the folder isn't there yet.
import os, threading

def until_made(make, path, stop, errors):
    while not stop.is_set():
        try:
            make(path)
            return
        except FileNotFoundError:
            continue
        except OSError as error:
            errors.append(str(error))
            return

def write(path):
    os.close(os.open(path + "-file", os.O_CREAT | os.O_WRONLY))

errors = []
for round in range(200):
    folder = f"folder-{round}"
    stop = threading.Event()
    threads = [threading.Thread(target=until_made, args=(make, folder + "/x", stop, errors)) for make in (os.mkdir, write)]
    for thread in threads:
        thread.start()
    os.mkdir(folder)
    for thread in threads:
        thread.join(10)
    stop.set()
print("errors:", errors)
