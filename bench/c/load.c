// load serve PORT [CERTIFICATE]   prints its port and serves on loopback
// load agent                      measures as its standard input says, a line each:
//   KIND STREAMS SECONDS VIA(direct|connect|socks|absolute) PROXY_HOST PROXY_PORT HOST PORT FLAVOUR(raw|http|https)
#define _GNU_SOURCE
#include "load.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static bool read_via(const char *text, enum via *via) {
  static const char *const NAMES[] = {"direct", "connect", "socks", "absolute"};
  for (int each = VIA_DIRECT; each <= VIA_ABSOLUTE; each++) {
    if (strcmp(text, NAMES[each]) != 0) continue;
    *via = (enum via)each;
    return true;
  }
  return false;
}

static int agent_main(void) {
  char line[1024];
  while (fgets(line, sizeof line, stdin) != NULL) {
    char kind[16], via[16], proxy_host[256], proxy_port[8], host[256], port[8], flavour[8];
    struct task task = {.kind = kind};
    int fields = sscanf(line, "%15s %d %lf %15s %255s %7s %255s %7s %7s", kind, &task.streams, &task.seconds, via, proxy_host, proxy_port, host, port, flavour);
    struct route route = {.proxy_host = proxy_host, .proxy_port = proxy_port, .host = host, .port = port, .http = flavour[0] == 'h', .tls = strcmp(flavour, "https") == 0};
    if (fields != 9 || !read_via(via, &route.via)) {
      fprintf(stderr, "not a measurement: %s", line);
      return 2;
    }
    measure(&route, &task);
  }
  return 0;
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  if (argc >= 3 && strcmp(argv[1], "serve") == 0) return serve_main(argv[2], argv[3]);
  if (argc == 2 && strcmp(argv[1], "agent") == 0) return agent_main();
  fputs("usage: load serve PORT [CERTIFICATE] | load agent\n", stderr);
  return 2;
}
