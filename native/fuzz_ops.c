// libFuzzer target: the op list's parser, with bytes of anybody's. Never part of cordon-init.
#include "cordon.h"

#include <stdlib.h>
#include <string.h>

// What the other files do with a list that was accepted: read every field to its end.
static size_t use(const struct op_list *list) {
  size_t sum = 0;
  for (const struct op *op = list->ops; op < list->ops + list->count; op++)
    for (size_t i = 0; i < MAX_FIELDS; i++) {
      const struct field *field = &op->field[i];
      sum += (size_t)field->number;
      for (size_t at = 0; at < field->size; at++) sum += (unsigned char)field->bytes[at];
      // A text ends where its size says: later code relies on the NUL alone.
      if (op->code == OP_ENV || op->code == OP_ARG)
        if (i == 0 && strlen(field->bytes) != field->size) abort();
    }
  return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  // An exact copy, so that ASan sees every byte read past the end.
  char *buffer = malloc(size == 0 ? 1 : size);
  if (buffer == NULL) return 0;
  if (size > 0) memcpy(buffer, data, size);
  struct op_list list;
  volatile size_t sum = 0;
  if (ops_parse(buffer, size, &list) == NULL) {
    sum = use(&list);
    bool ruled;
    // Accepted names and roots must be safe to judge by.
    names_judge(&list, "/work/a/.git/hooks/x");
    names_guarded(&list, "/work/a", &ruled);
  }
  (void)sum;
  free(list.ops);
  free(buffer);
  return 0;
}
