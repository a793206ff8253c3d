// connect OWN HOST ROUNDS: serves OWN, then connects to it while one thread swaps the address in memory for HOST's and another puts
// other sockets at the descriptor's number. Prints how often each answered.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un address;
static char own[108], host[108];
static volatile int stop;
static int number = -1;

static void *serve(void *argument) {
  int listener = *(int *)argument;
  for (;;) {
    int client = accept(listener, NULL, NULL);
    if (client >= 0 && write(client, "own", 3) == 3) close(client);
  }
  return NULL;
}

static void *swap(void *argument) {
  (void)argument;
  while (!stop) {
    memcpy(address.sun_path, host, sizeof host);
    __asm__ volatile("" ::: "memory");
    memcpy(address.sun_path, own, sizeof own);
    __asm__ volatile("" ::: "memory");
  }
  return NULL;
}

static void *replace(void *argument) {
  (void)argument;
  int internet = socket(AF_INET, SOCK_STREAM, 0), local = socket(AF_UNIX, SOCK_STREAM, 0);
  while (!stop) {
    if (number < 0) continue;
    dup2(internet, number);
    dup2(local, number);
  }
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  signal(SIGPIPE, SIG_IGN);
  snprintf(own, sizeof own, "%s", argv[1]);
  snprintf(host, sizeof host, "%s", argv[2]);
  int listener = socket(AF_UNIX, SOCK_STREAM, 0), rounds = atoi(argv[3]), owns = 0, hosts = 0;
  address.sun_family = AF_UNIX;
  strcpy(address.sun_path, own);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 100) != 0) return 3;
  pthread_t threads[3];
  pthread_create(&threads[0], NULL, serve, &listener);
  pthread_create(&threads[1], NULL, swap, NULL);
  pthread_create(&threads[2], NULL, replace, NULL);
  for (int i = 0; i < rounds; i++) {
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (i % 2 == 1) number = fd;
    char said[16] = "";
    struct timeval limit = {.tv_sec = 1};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 && i % 2 == 0 && read(fd, said, sizeof said - 1) > 0) {
      owns += strcmp(said, "own") == 0;
      hosts += strncmp(said, "host", 4) == 0;
    }
    number = -1;
    close(fd);
  }
  stop = 1;
  printf("own %d host %d\n", owns, hosts);
  return 0;
}
