// cordon-init: reads ops, does them, reports. See PROTOCOL.md. Takes no decision and reads no environment.
#define _GNU_SOURCE
#include "cordon.h"
#include "kernel.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

// Runs from a sealed copy in memory, so that /proc/1/exe inside neither names nor reaches a file of the host. Where the kernel refuses
// executable memfds (vm.memfd_noexec=2) the first process is still hidden and not dumpable.
static void run_from_memory(const char *verb) {
  char self[64];
  ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
  if (size < 0) return;
  self[size] = 0;
  if (strncmp(self, "/memfd:", 7) == 0) return;
  int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  struct stat status;
  int copy = memfd_create("cordon-init", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  if (copy < 0) copy = memfd_create("cordon-init", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0 || copy < 0 || fstat(file, &status) != 0) return;
  for (off_t at = 0; at < status.st_size;)
    if (sendfile(copy, file, &at, (size_t)(status.st_size - at)) <= 0) return;
  if (fcntl(copy, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) return;
  char name[] = "cordon-init", verb_copy[16];
  snprintf(verb_copy, sizeof verb_copy, "%s", verb);
  syscall(SYS_execveat, copy, "", (char *[]){name, verb_copy, NULL}, (char *[]){NULL}, AT_EMPTY_PATH);
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "probe") == 0) return probe_main();
  if (argc == 2 && strcmp(argv[1], "splice") == 0) return splice_main();
  if ((argc == 2 || argc == 3) && strcmp(argv[1], "init") == 0) return inside_main(argv[2]);
  bool launch = argc == 2 && strcmp(argv[1], "launch") == 0;
  if (!launch && (argc != 2 || strcmp(argv[1], "attach") != 0)) {
    fputs("usage: cordon-init launch|init [SOCKET]|attach|probe|splice (started by cordon, see native/PROTOCOL.md)\n", stderr);
    return EXIT_CORDON;
  }
  if (launch) run_from_memory(argv[1]);
  struct op_list list;
  ops_read(FD_OPS, &list);
  close(FD_OPS);
  return launch ? launch_main(&list) : attach_main(&list);
}
