"""Puts an entry into the session's keyring, as any program of the desktop does: KEY VALUE of its attributes, the value on stdin."""
import sys
import time

import dbus

bus = dbus.SessionBus()
# Asked for before it is there, the bus would start another one.
deadline = time.monotonic() + 20
while not bus.name_has_owner("org.freedesktop.secrets") and time.monotonic() < deadline:
    time.sleep(0.05)
service = bus.get_object("org.freedesktop.secrets", "/org/freedesktop/secrets")
_, session = service.OpenSession("plain", "", dbus_interface="org.freedesktop.Secret.Service")
words = sys.argv[1:]
attributes = dbus.Dictionary(dict(zip(words[::2], words[1::2])), signature="ss")
properties = {
    "org.freedesktop.Secret.Item.Label": "a test",
    "org.freedesktop.Secret.Item.Attributes": attributes,
}
value = dbus.Struct((session, dbus.Array([], signature="y"), dbus.ByteArray(sys.stdin.buffer.read()), "text/plain"))
collection = bus.get_object("org.freedesktop.secrets", "/org/freedesktop/secrets/collection/login")
collection.CreateItem(dbus.Dictionary(properties, signature="sv"), value, True,
                      dbus_interface="org.freedesktop.Secret.Collection")
