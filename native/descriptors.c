// Which descriptors a process of ours goes on with.
#include "cordon.h"
#include "kernel.h"

#include <limits.h>

bool close_others(unsigned from, const int *kept, size_t count) {
  for (unsigned at = from;;) {
    unsigned next = UINT_MAX;
    for (size_t i = 0; i < count; i++)
      if (kept[i] >= 0 && (unsigned)kept[i] >= at && (unsigned)kept[i] < next) next = (unsigned)kept[i];
    if (next > at && cordon_close_range(at, next == UINT_MAX ? next : next - 1) != 0) return false;
    if (next == UINT_MAX) return true;
    at = next + 1;
  }
}
