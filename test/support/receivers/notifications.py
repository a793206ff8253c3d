"""A desktop's notification service on the session bus. Each notification is kept as one line of JSON.

usage: notifications.py FILE
"""

import json
import sys

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

NAME = "org.freedesktop.Notifications"


class Notifications(dbus.service.Object):
    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, application, _replaces, _icon, title, text, _actions, hints, _timeout):
        with open(sys.argv[1], "a", encoding="utf-8") as out:
            kept = {"application": application, "title": title, "text": text, "urgency": int(hints.get("urgency", -1))}
            out.write(json.dumps(kept) + "\n")
        return dbus.UInt32(1)

    @dbus.service.method(NAME, out_signature="as")
    def GetCapabilities(self):
        return dbus.Array(["body"], signature="s")

    @dbus.service.method(NAME, out_signature="ssss")
    def GetServerInformation(self):
        return ("test", "cordon", "1", "1.2")


DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
name = dbus.service.BusName(NAME, bus, do_not_queue=True)
service = Notifications(bus, "/" + NAME.replace(".", "/"))
print("ready", flush=True)
GLib.MainLoop().run()
