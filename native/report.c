// Control lines to the supervisor, and the one way of giving up. Text in a line is percent-escaped, so that a name from inside can
// never end a line or make up another one.
#define _GNU_SOURCE
#include "cordon.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void escape_text(char *to, size_t capacity, const char *from) {
  static const char HEX[] = "0123456789abcdef";
  size_t used = 0;
  for (; *from != 0 && used + 4 < capacity; from++) {
    unsigned char byte = (unsigned char)*from;
    if (byte > ' ' && byte < 0x7f && byte != '%') {
      to[used++] = (char)byte;
    } else {
      to[used++] = '%';
      to[used++] = HEX[byte >> 4];
      to[used++] = HEX[byte & 15];
    }
  }
  to[used] = 0;
}

void unescape_text(char *to, size_t capacity, const char *from) {
  size_t used = 0;
  for (; *from != 0 && used + 1 < capacity; from++) {
    if (*from == '%' && from[1] != 0 && from[2] != 0) {
      char digits[3] = {from[1], from[2], 0};
      to[used++] = (char)strtoul(digits, NULL, 16);
      from += 2;
    } else {
      to[used++] = *from;
    }
  }
  to[used] = 0;
}

// Takes the byte after the text for the end of the line. One send a line: lines of our processes never mix. Waits for a supervisor that
// reads slowly; one that is gone is noticed elsewhere.
void report_text(char *line, size_t size) {
  line[size++] = '\n';
  while (send(FD_CONTROL, line, size, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

void report_line(const char *format, ...) {
  char line[14000];
  va_list arguments;
  va_start(arguments, format);
  int size = vsnprintf(line, sizeof line - 1, format, arguments);
  va_end(arguments);
  if (size < 0) return;
  if ((size_t)size > sizeof line - 2) size = sizeof line - 2;
  report_text(line, (size_t)size);
}

_Noreturn void die(const char *stage, const char *format, ...) {
  int cause = errno;
  char text[1024], escaped[3200];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  escape_text(escaped, sizeof escaped, text);
  report_line("error %s %d %s", stage, cause, escaped);
  _exit(EXIT_CORDON);
}
