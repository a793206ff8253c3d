// A program's view of its terminal, and tricks on it. usage: terminal info | inject TEXT | linux | raw | resize
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static int info(void) {
    struct winsize size = {0};
    ioctl(0, TIOCGWINSZ, &size);
    printf("tty %d%d%d rows %d columns %d foreground %d session %d name %s\n", isatty(0), isatty(1), isatty(2), size.ws_row, size.ws_col,
           tcgetpgrp(0) == getpgrp(), getsid(0) > 0, ttyname(0) ? ttyname(0) : "none");
    return 0;
}

/** Types into the terminal's own input, as if the user had. */
static int inject(const char *text) {
    int failed = 0, error = 0;
    for (; *text; text++)
        if (ioctl(0, TIOCSTI, text)) failed++, error = errno;
    printf(failed ? "inject errno %d\n" : "inject ok\n", error);
    return 0;
}

/** Selection and paste of a virtual console; on other terminals an error, but the call itself shows whether a filter is there. */
static int linux_console(void) {
    char subcode = 3;
    printf("tioclinux %s errno %d\n", ioctl(0, TIOCLINUX, &subcode) ? "refused" : "ok", errno);
    return 0;
}

static int raw(void) {
    struct termios modes;
    if (tcgetattr(0, &modes)) return 1;
    struct termios changed = modes;
    cfmakeraw(&changed);
    if (tcsetattr(0, TCSANOW, &changed)) return 1;
    printf("raw\r\n");
    fflush(stdout);
    char c;
    while (read(0, &c, 1) == 1) {
        printf("byte %d\r\n", c);
        fflush(stdout);
        if (c == 'q') break;
        if (c == 'x') return 0; // leaves the terminal raw, as a crashed editor does
    }
    tcsetattr(0, TCSANOW, &modes);
    return 0;
}

static volatile sig_atomic_t changes;
static void on_change(int unused) { (void)unused; changes++; }

static int resize(void) {
    struct sigaction action = {.sa_handler = on_change};
    sigaction(SIGWINCH, &action, NULL);
    struct winsize size;
    ioctl(0, TIOCGWINSZ, &size);
    printf("at first %d %d\n", size.ws_row, size.ws_col);
    fflush(stdout);
    sigset_t none;
    sigemptyset(&none);
    while (!changes) pause();
    ioctl(0, TIOCGWINSZ, &size);
    printf("now %d %d\n", size.ws_row, size.ws_col);
    return 0;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "info") == 0) return info();
    if (strcmp(what, "inject") == 0 && argc == 3) return inject(argv[2]);
    if (strcmp(what, "linux") == 0) return linux_console();
    if (strcmp(what, "raw") == 0) return raw();
    if (strcmp(what, "resize") == 0) return resize();
    return 2;
}
