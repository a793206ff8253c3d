// libFuzzer target: whether a git config that is called harmless holds a key that was never listed as harmless, read by a second,
// deliberately simple reader of git's syntax. Never part of cordon-init.
#include "cordon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// Sections and words that can make git run something; none may stand as a section or a key in an accepted file.
static const char *const SECTIONS[] = {"alias", "include", "includeif", "filter", "diff", "difftool", "mergetool", "credential", "protocol",
                                       "http", "url", "sendemail", "uploadpack", "receive", "trailer", "pager", "sequence", "gpg", "man",
                                       "browser", "instaweb", "web", "interactive", "fsmonitor"};
static const char *const KEYS[] = {"hookspath", "fsmonitor", "sshcommand", "editor", "pager", "askpass", "gitproxy", "worktree", "attributesfile",
                                   "excludesfile", "program", "command", "cmd", "driver", "textconv", "external", "helper", "path", "vcs", "proxy",
                                   "uploadpack", "receivepack", "update", "templatedir", "alternaterefscommand", "precomposedcommand", "process",
                                   "clean", "smudge", "signingkey", "mergeoptions"};

static bool among(const char *const *words, size_t count, const char *word) {
  for (size_t i = 0; i < count; i++)
    if (strcasecmp(words[i], word) == 0) return true;
  return false;
}

static bool name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

static bool names_one(const char *const *words, size_t count, const char *at, const char *end) {
  char word[512];
  size_t size = 0;
  while (at < end && name_char(*at) && size + 1 < sizeof word) word[size++] = *at++;
  word[size] = 0;
  char *dot = strchr(word, '.');
  if (dot != NULL) *dot = 0;
  return among(words, count, word);
}

_Noreturn static void wrong(const char *why, const char *text) {
  fprintf(stderr, "accepted although %s:\n%s\n", why, text);
  abort();
}

// git takes a key after `]` on the same line as well; a value may go on over lines after a backslash, a comment may not.
#define COUNT(words) (sizeof(words) / sizeof *(words))

// The `]` that ends a section header: one within the quoted part doesn't.
static const char *header_end(const char *at, const char *end) {
  for (bool quoted = false; at < end; at++) {
    if (*at == '"') quoted = !quoted;
    if (*at == ']' && !quoted) return at;
  }
  return NULL;
}

static void check_accepted(const char *text, size_t size) {
  bool dangerous = false;
  for (const char *line = text, *end; line < text + size; line = end + 1) {
    end = memchr(line, '\n', (size_t)(text + size - line));
    const char *at = line;
    while (at < end && (*at == ' ' || *at == '\t')) at++;
    if (*at == '#' || *at == ';') continue;
    if (*at == '[') {
      dangerous = names_one(SECTIONS, COUNT(SECTIONS), at + 1, end);
      const char *close = header_end(at, end);
      for (at = close == NULL ? end : close + 1; at < end && (*at == ' ' || *at == '\t'); at++) {
      }
    }
    if (at == end) continue;
    // A section alone does nothing; with a key in it it does.
    if (dangerous) wrong("it sets a key in a dangerous section", text);
    if (names_one(KEYS, COUNT(KEYS), at, end)) wrong("it sets a dangerous key", text);
    if (end[-1] == '\\') wrong("a line goes on", text);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1), *copy = malloc(size + 1);
  if (text == NULL || copy == NULL) abort();
  if (size > 0) memcpy(text, data, size);
  if (size > 0) memcpy(copy, data, size);
  copy[size] = 0;
  // An exact buffer for the judged text: nothing past its end may be read.
  char *exact = realloc(text, size == 0 ? 1 : size);
  if (exact == NULL) abort();
  if (gitconfig_problem(exact, size, NULL, 0) == NULL) check_accepted(copy, size);
  free(exact);
  free(copy);
  return 0;
}
