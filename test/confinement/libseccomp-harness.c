// Builds filters with libseccomp, for comparison with ours. Reads commands, one a line; answers on stdout.
//   resolve NAME                       -> "X64 ARM64" (libseccomp's numbers; -1: unknown, below -1: not on that architecture)
//   filter ARCH DEFAULT                starts one (ARCH: x64 or arm64; DEFAULT: the returned value)
//   rule RETURN NAME COUNT [INDEX OP A B]...   adds a rule; OP is libseccomp's number of it
//   export                             -> the program in hex, or "error N LINE" for the first rule that was refused
#include <errno.h>
#include <inttypes.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_PROGRAM (4096 * 8)

static scmp_filter_ctx context;
static int failure;
static char failed_line[4096];

static void resolve(const char *name) {
	printf("%d %d\n", seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, name),
	       seccomp_syscall_resolve_name_arch(SCMP_ARCH_AARCH64, name));
}

static void start(const char *arch, uint32_t action) {
	failure = 0;
	context = seccomp_init(action);
	if (context == NULL) {
		failure = EINVAL;
		return;
	}
	if (seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0) failure = EINVAL;
	if (strcmp(arch, "arm64") == 0 &&
	    (seccomp_arch_add(context, SCMP_ARCH_AARCH64) != 0 || seccomp_arch_remove(context, SCMP_ARCH_X86_64) != 0))
		failure = EINVAL;
}

static void add_rule(char *text) {
	struct scmp_arg_cmp args[6];
	char line[4096];
	snprintf(line, sizeof line, "%s", text);
	uint32_t action = (uint32_t)strtoul(strtok(text, " "), NULL, 0);
	int number = seccomp_syscall_resolve_name(strtok(NULL, " "));
	unsigned count = (unsigned)strtoul(strtok(NULL, " "), NULL, 0);
	for (unsigned at = 0; at < count && at < 6; at++) {
		args[at].arg = (unsigned)strtoul(strtok(NULL, " "), NULL, 0);
		args[at].op = (enum scmp_compare)strtoul(strtok(NULL, " "), NULL, 0);
		args[at].datum_a = strtoull(strtok(NULL, " "), NULL, 0);
		args[at].datum_b = strtoull(strtok(NULL, " "), NULL, 0);
	}
	int result = seccomp_rule_add_array(context, action, number, count, args);
	if (result != 0 && failure == 0) {
		failure = -result;
		snprintf(failed_line, sizeof failed_line, "%s", line);
	}
}

static void export_program(void) {
	static unsigned char program[MAX_PROGRAM];
	FILE *file = tmpfile();
	if (failure == 0 && (file == NULL || seccomp_export_bpf(context, fileno(file)) != 0)) failure = EIO;
	if (failure != 0) {
		printf("error %d %s\n", failure, failed_line);
	} else {
		rewind(file);
		lseek(fileno(file), 0, SEEK_SET);
		ssize_t size = read(fileno(file), program, sizeof program);
		for (ssize_t at = 0; at < size; at++) printf("%02x", program[at]);
		printf("\n");
	}
	if (file != NULL) fclose(file);
	seccomp_release(context);
	context = NULL;
	failed_line[0] = '\0';
}

int main(void) {
	static char line[4096];
	while (fgets(line, sizeof line, stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		char *rest = strchr(line, ' ');
		if (rest != NULL) *rest++ = '\0';
		if (strcmp(line, "resolve") == 0 && rest != NULL) resolve(rest);
		else if (strcmp(line, "filter") == 0 && rest != NULL) {
			char *action = strchr(rest, ' ');
			if (action == NULL) return 2;
			*action++ = '\0';
			start(rest, (uint32_t)strtoul(action, NULL, 0));
		} else if (strcmp(line, "rule") == 0 && rest != NULL && context != NULL) add_rule(rest);
		else if (strcmp(line, "export") == 0 && context != NULL) export_program();
		else return 2;
	}
	return 0;
}
