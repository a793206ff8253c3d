// Decides whether a new version of a git config file is harmless: lines that stood there before (the present version is the user's own),
// and keys that can't make git run a program, in the plainest syntax. Anything it doesn't fully understand is a problem. THREATS 3
// and 4 are about what these files can do.
#include "cordon.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

// Section, whether it has a subsection, and the keys (git-config(1)). Keys that name programs, hooks, other files to include or
// other transports are left out on purpose.
static const struct {
  const char *section;
  bool sub;
  const char *keys;
} HARMLESS[] = {
    {"core", false,
     " repositoryformatversion filemode bare logallrefupdates ignorecase precomposeunicode symlinks eol autocrlf safecrlf abbrev"
     " quotepath sharedrepository untrackedcache preloadindex compression commentchar "},
    {"remote", true, " url fetch push pushurl tagopt prune promisor partialclonefilter skipdefaultupdate "},
    {"branch", true, " remote merge rebase description pushremote "},
    {"submodule", true, " url active branch ignore fetchrecursesubmodules "},
    {"submodule", false, " active recurse "},
    {"user", false, " name email useconfigonly "},
    {"extensions", false, " objectformat refstorage partialclone preciousobjects compatobjectformat "},
    {"init", false, " defaultbranch "},
    {"pull", false, " rebase ff "},
    {"push", false, " default autosetupremote followtags "},
    {"fetch", false, " prune prunetags parallel "},
    {"merge", false, " conflictstyle ff renames "},
    {"rebase", false, " autosquash autostash updaterefs "},
    {"rerere", false, " enabled autoupdate "},
    {"gc", false, " auto autodetach "},
    {"pack", false, " threads "},
    {"index", false, " version "},
    {"feature", false, " manyfiles "},
    {"advice", false, " detachedhead defaultbranchname "},
    {"color", false, " ui "},
    {"commit", false, " gpgsign "},
    {"tag", false, " gpgsign "},
};

enum { MAX_NAME = 256 };

struct cursor {
  char section[MAX_NAME];
  bool sub;
  const char *header;  // the section's whole line
};

struct old_config {
  const char *text;
  size_t size;
};

static bool key_allowed(const struct cursor *cursor, const char *key) {
  char wanted[MAX_NAME + 2];
  snprintf(wanted, sizeof wanted, " %s ", key);
  for (char *at = wanted; *at != 0; at++)
    if (*at >= 'A' && *at <= 'Z') *at = (char)(*at + 32);
  for (size_t i = 0; i < sizeof HARMLESS / sizeof *HARMLESS; i++)
    if (HARMLESS[i].sub == cursor->sub && strcasecmp(HARMLESS[i].section, cursor->section) == 0 &&
        strstr(HARMLESS[i].keys, wanted) != NULL)
      return true;
  return false;
}

static bool word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

static size_t skip_blanks(const char *line, size_t size) {
  size_t blanks = 0;
  while (blanks < size && (line[blanks] == ' ' || line[blanks] == '\t')) blanks++;
  return blanks;
}

// Whether the present version has this very line under this very header.
static bool stood_before(const struct old_config *old, const struct cursor *cursor, const char *wanted) {
  bool here = false, continued = false;
  size_t wanted_size = strlen(wanted), header_size = cursor->header == NULL ? 0 : strlen(cursor->header);
  for (size_t at = 0; at < old->size;) {
    const char *line = old->text + at, *end = memchr(line, '\n', old->size - at);
    size_t size = end == NULL ? old->size - at : (size_t)(end - line);
    at += size + 1;
    // The rest of a value that began on the line before isn't a setting of its own.
    bool rest = continued;
    continued = size > 0 && line[size - 1] == '\\';
    if (rest) continue;
    size_t blanks = skip_blanks(line, size);
    line += blanks;
    size -= blanks;
    if (size > 0 && line[0] == '[') here = header_size > 0 && size == header_size && memcmp(line, cursor->header, size) == 0;
    else if (here && size == wanted_size && memcmp(line, wanted, size) == 0) return true;
  }
  return false;
}

// `[section]` or `[section "sub"]` with nothing after it: git would take a key there.
static const char *read_header(const char *line, struct cursor *cursor) {
  size_t size = 0;
  cursor->header = line;
  for (line++; word(*line) && size + 1 < MAX_NAME; line++) cursor->section[size++] = *line;
  cursor->section[size] = 0;
  cursor->sub = false;
  if (size == 0) return "a section without a name";
  if (*line == ' ') {
    while (*line == ' ') line++;
    if (*line++ != '"') return "a section header that isn't plain";
    for (; *line != '"'; line++)
      if (*line == 0 || *line == '\\') return "a section header that isn't plain";
    line++;
    cursor->sub = true;
  }
  if (*line++ != ']') return "a section header that isn't plain";
  while (*line == ' ' || *line == '\t') line++;
  return *line == 0 ? NULL : "something after a section header";
}

// Git starts `git-remote-X` for a URL that begins with `X://`, unless it speaks X itself.
static bool scheme_known(const char *line) {
  static const char *const KNOWN[] = {"https", "http", "ssh", "git", "file", "git+ssh", "ssh+git", "ftp", "ftps"};
  while (*line == '=' || *line == ' ' || *line == '\t') line++;
  size_t size = strcspn(line, ":");
  if (strncmp(line + size, "://", 3) != 0) return true;
  for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
    if (strlen(KNOWN[i]) == size && memcmp(KNOWN[i], line, size) == 0) return true;
  return memchr(line, '/', size) != NULL;
}

static const char *read_key(const char *line, const struct cursor *cursor, const struct old_config *old) {
  char key[MAX_NAME];
  size_t size = 0, rest = strlen(line);
  // A continued line would swallow the next one, whatever was judged there.
  if (rest > 0 && line[rest - 1] == '\\') return "a continued line";
  if (stood_before(old, cursor, line)) return NULL;
  for (; word(*line) && size + 1 < MAX_NAME; line++) key[size++] = *line;
  key[size] = 0;
  while (*line == ' ' || *line == '\t') line++;
  if (size == 0 || (*line != '=' && *line != 0)) return "a line that isn't plain";
  if (!key_allowed(cursor, key)) return "a key that git could run a program by";
  if (strcasecmp(cursor->section, "remote") != 0 && strcasecmp(cursor->section, "submodule") != 0 &&
      strcasecmp(cursor->section, "branch") != 0)
    return NULL;
  // `ext::` and the like name a helper program, as does a scheme that git itself doesn't know; quotes could hide one.
  return strstr(line, "::") == NULL && strpbrk(line, "\"\\") == NULL && scheme_known(line) ? NULL : "a transport helper in a URL";
}

const char *gitconfig_problem(char *text, size_t size, const char *old_text, size_t old_size) {
  struct cursor cursor = {.section = ""};
  const struct old_config old = {.text = old_text, .size = old_size};
  if (memchr(text, 0, size) != NULL) return "a NUL byte";
  if (memchr(text, '\r', size) != NULL) return "a carriage return";
  if (size > 0 && text[size - 1] != '\n') return "no newline at the end";
  for (char *line = text, *end; line < text + size; line = end + 1) {
    end = memchr(line, '\n', (size_t)(text + size - line));
    *end = 0;
    while (*line == ' ' || *line == '\t') line++;
    if (*line == 0 || *line == '#' || *line == ';') continue;
    const char *problem = *line == '[' ? read_header(line, &cursor) : read_key(line, &cursor, &old);
    if (problem != NULL) return problem;
  }
  return NULL;
}
